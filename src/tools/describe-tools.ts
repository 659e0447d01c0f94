import type { JsonObject } from "../plan/json.ts";
import type { Pins } from "../plan/pins.ts";
import type { ToolSpec } from "../plan/plan.ts";
import { pinDefinitions } from "./pin-definitions.ts";
import { type ContextFor, reachTool } from "./reach-tool.ts";
import type { ToolDefinition } from "./tool-kind.ts";

/** Operations as an agent is told of them, and pins of those that had none. */
export interface DescribedTools {
  readonly definitions: readonly ToolDefinition[];
  readonly pins: Pins;
}

/**
 * The operations that the grants (`server.operation`, `server.*`) allow, with their schemas. Throws `StepFailure`
 * `tool/changed` where a server says something else of one than it did in this run before.
 */
export async function describeTools(
  grants: readonly string[],
  tools: { readonly [name: string]: ToolSpec },
  { contextFor, pins: known }: { readonly contextFor: ContextFor; readonly pins: Pins },
): Promise<DescribedTools> {
  const names = [...new Set(grants.map((grant) => grant.split(".", 1)[0] as string))];
  const all = await Promise.all(
    names.map(async (name): Promise<DescribedTools> => {
      const spec = tools[name];
      if (spec === undefined) return { definitions: [], pins: {} };
      return reachTool({ name, spec }, contextFor, async ({ kind, context, way }) => {
        const told = await kind.describe(context);
        const granted = told.filter(({ tool, operation }) => isGranted(grants, tool, operation));
        const pins = context.spec.pinned === true ? pinDefinitions(granted, known, way) : {};
        return { definitions: granted.map((definition) => withDeclared(definition, spec)), pins };
      });
    }),
  );
  return {
    definitions: all.flatMap(({ definitions }) => definitions),
    pins: Object.assign({}, ...all.map(({ pins }) => pins)) as Pins,
  };
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
