import type { ActionResult, ToolCall } from "../plan/activity.ts";
import { MAX_INLINE_CALL_BYTES } from "../plan/artifact.ts";
import { isJsonObject, type JsonValue } from "../plan/json.ts";
import { outputSchema } from "../plan/output-schema.ts";
import type { ToolSpec } from "../plan/plan.ts";
import { StepFailure, type StepFailureOptions } from "../plan/step-failure.ts";
import { checkAgainstSchema } from "../schema/check-schema.ts";
import { callOperation } from "../tools/call-operation.ts";
import type { ActivityContext, ActivityHandler } from "./activity-context.ts";
import { holdPlaces } from "./hold-places.ts";
import { type Pay, payForTool, type Refused } from "./pay-for-tool.ts";
import { createToolContext } from "./tool-context.ts";

type Result = Omit<ActionResult, "attempts">;

/**
 * Calls one operation of a tool. Throws `StepFailure` `tool/invalid-arguments`, `tool/failed`, `tool/invalid-output`,
 * `tool/changed`, the codes of the kind, and `budget/exceeded` where the call has a price; called for an agent, the first two are told to the agent instead.
 */
export const callTool: ActivityHandler<ToolCall, Result> = async (call, context) => {
  const usd = call.tool.operations[call.operation]?.usd;
  const { payer } = call;
  // One that was scheduled by an older engine has nobody to pay for it.
  const result =
    usd === undefined || payer === undefined
      ? await makeCall(call, context, (ask) => ask())
      : await payForTool(call, { payer, usd }, { context, work: (pay) => makeCall(call, context, pay) });
  return "refusal" in result ? { output: null, refusal: result.refusal } : result;
};

async function makeCall(call: ToolCall, context: ActivityContext, pay: Pay): Promise<Result | Refused> {
  const { toolName, tool, operation } = call;
  const name = `${toolName}.${operation}`;
  // What a model writes is a value: it must not be able to name a secret.
  const args = call.forAgent === true ? await context.load(call.with) : await context.resolve(call.with);
  const declared = tool.operations[operation];
  const maxInline = call.forAgent === true ? MAX_INLINE_CALL_BYTES : undefined;
  const tell = async (code: string, message: string, more: StepFailureOptions & Partial<Result> = {}) => {
    const { pins, ...options } = more;
    if (call.forAgent !== true) throw new StepFailure(code, message, options);
    return { output: await context.keep(message, maxInline), isError: true, ...(pins === undefined ? {} : { pins }) };
  };
  if (!isJsonObject(args)) return tell("tool/invalid-arguments", `${name} takes named arguments`);
  const wrong = declared?.parameters === undefined ? [] : await checkAgainstSchema(declared.parameters, args);
  if (wrong.length > 0) return tell("tool/invalid-arguments", `${name}: ${wrong.join("; ")}`);

  const contextFor = async (one: string, spec: ToolSpec) => ({
    ...(await createToolContext(one, spec, context)),
    forAgent: call.forAgent === true,
  });
  const told = await pay(() =>
    holdPlaces(call, context, () => {
      context.begin();
      return callOperation({ name: toolName, spec: tool, operation, args }, { contextFor, pins: call.pins ?? {} });
    }),
  );
  if ("refusal" in told) return told;
  const { pins, ...answer } = told;
  const more = Object.keys(pins).length === 0 ? {} : { pins };
  if (answer.isError) {
    const { code, ...options } = answer.failure ?? { code: "tool/failed", retryable: true };
    return tell(code, `${name} failed: ${textOf(answer.value)}`, { ...options, ...more });
  }
  if (call.output !== undefined) {
    const misfit = await checkAgainstSchema(outputSchema(call.output), answer.value);
    if (misfit.length > 0)
      throw new StepFailure("tool/invalid-output", `${name} gave something else: ${misfit.join("; ")}`);
  }
  return { output: await context.keep(answer.value, maxInline), ...more };
}

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
