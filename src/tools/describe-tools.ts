import type { JsonObject } from "../plan/json.ts";
import type { ToolSpec } from "../plan/plan.ts";
import type { ToolContext, ToolDefinition } from "./tool-kind.ts";
import { loadToolKind } from "./tool-kinds.ts";

/** Makes the context of one tool; the caller knows how to resolve its environment. */
export type ContextFor = (name: string, spec: ToolSpec) => Promise<ToolContext>;

/** The operations that the grants (`server.operation`, `server.*`) allow, with their schemas. */
export async function describeTools(
  grants: readonly string[],
  tools: { readonly [name: string]: ToolSpec },
  contextFor: ContextFor,
): Promise<readonly ToolDefinition[]> {
  const names = [...new Set(grants.map((grant) => grant.split(".", 1)[0] as string))];
  const all = await Promise.all(
    names.map(async (name) => {
      const spec = tools[name];
      if (spec === undefined) return [];
      const kind = await loadToolKind(spec.kind);
      return (await kind.describe(await contextFor(name, spec))).map((definition) => withDeclared(definition, spec));
    }),
  );
  return all.flat().filter(({ tool, operation }) => isGranted(grants, tool, operation));
}

/** True where the step grants the operation. */
function isGranted(grants: readonly string[], tool: string, operation: string): boolean {
  return grants.includes(`${tool}.${operation}`) || grants.includes(`${tool}.*`);
}

function withDeclared(definition: ToolDefinition, spec: ToolSpec): ToolDefinition {
  const declared = spec.operations[definition.operation];
  const parameters: JsonObject = declared?.parameters ?? definition.parameters;
  return { ...definition, description: declared?.description ?? definition.description, parameters };
}
