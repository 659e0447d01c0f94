import type { ToolContext, ToolDefinition } from "./tool-kind.ts";

/** The operations of a tool whose files say all there is to say. */
export async function describeDeclared({ name, spec }: ToolContext): Promise<readonly ToolDefinition[]> {
  return Object.entries(spec.operations).map(([operation, { description, parameters }]) => ({
    tool: name,
    operation,
    description: description ?? "",
    parameters: parameters ?? { type: "object" },
  }));
}
