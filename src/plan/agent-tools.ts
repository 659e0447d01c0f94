import type { ToolSpec } from "./plan.ts";

const DEFAULT_TIMEOUT_MS = 60_000;

/** Failures of a tool call that an agent can do something about. */
export const TOO_LARGE: ReadonlySet<string> = new Set(["tool/output-too-large", "script/output-too-large"]);

/** How long one call of an agent may take. */
export function timeoutOfTool(tool: ToolSpec | undefined, operation: string): number {
  return tool?.operations[operation]?.timeoutMs ?? tool?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
}
