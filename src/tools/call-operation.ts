import type { JsonObject } from "../plan/json.ts";
import type { Pins } from "../plan/pins.ts";
import type { ToolSpec } from "../plan/plan.ts";
import { pinDefinitions } from "./pin-definitions.ts";
import { type ContextFor, reachTool } from "./reach-tool.ts";
import type { Hold, ToolAnswer } from "./tool-kind.ts";

/** One call of a tool, its arguments checked already. */
export interface OperationCall {
  readonly name: string;
  readonly spec: ToolSpec;
  readonly operation: string;
  readonly args: JsonObject;
}

/**
 * Calls one operation of a tool. Throws the codes of its kind, and `StepFailure` `tool/changed` where its server says
 * something else of it than it did in this run before.
 */
export async function callOperation(
  { name, spec, operation, args }: OperationCall,
  { contextFor, pins: known }: { readonly contextFor: ContextFor; readonly pins: Pins },
): Promise<ToolAnswer & { readonly pins: Pins }> {
  return reachTool({ name, spec }, contextFor, async ({ kind, context, way }) => {
    if (context.spec.pinned !== true) return { ...(await kind.call(context, operation, args)), pins: {} };
    let pins: Pins = {};
    const hold: Hold = {
      isFirst: known[`${way}.${operation}`] === undefined,
      check(told) {
        const own = told.filter((one) => one.operation === operation);
        pins = pinDefinitions(own, known, way);
      },
    };
    const answer = await kind.call({ ...context, hold }, operation, args);
    return { ...answer, pins };
  });
}
