import type { ActionResult, ToolCall } from "../plan/activity.ts";
import { MAX_INLINE_CALL_BYTES } from "../plan/artifact.ts";
import { isJsonObject, type JsonValue } from "../plan/json.ts";
import { outputSchema } from "../plan/output-schema.ts";
import { StepFailure, type StepFailureOptions } from "../plan/step-failure.ts";
import { checkAgainstSchema } from "../schema/check-schema.ts";
import { loadToolKind } from "../tools/tool-kinds.ts";
import type { ActivityHandler } from "./activity-context.ts";
import { createToolContext } from "./tool-context.ts";

/**
 * Calls one operation of a tool. Throws `StepFailure` `tool/invalid-arguments`, `tool/failed`, `tool/invalid-output` and
 * the codes of the kind; called for an agent, the first two are told to the agent instead.
 */
export const callTool: ActivityHandler<ToolCall, Omit<ActionResult, "attempts">> = async (call, context) => {
  const { toolName, tool, operation } = call;
  const name = `${toolName}.${operation}`;
  const args = await context.resolve(call.with);
  const maxInline = call.forAgent === true ? MAX_INLINE_CALL_BYTES : undefined;
  const tell = async (code: string, message: string, options: StepFailureOptions = {}) => {
    if (call.forAgent !== true) throw new StepFailure(code, message, options);
    return { output: await context.keep(message, maxInline), isError: true };
  };
  if (!isJsonObject(args)) return tell("tool/invalid-arguments", `${name} takes named arguments`);
  const schema = tool.operations[operation]?.parameters;
  const wrong = schema === undefined ? [] : await checkAgainstSchema(schema, args);
  if (wrong.length > 0) return tell("tool/invalid-arguments", `${name}: ${wrong.join("; ")}`);

  const kind = await loadToolKind(tool.kind);
  const answer = await kind.call(await createToolContext(toolName, tool, context), operation, args);
  if (answer.isError) {
    const { code, ...options } = answer.failure ?? { code: "tool/failed", retryable: true };
    return tell(code, `${name} failed: ${textOf(answer.value)}`, options);
  }
  if (call.output !== undefined) {
    const misfit = await checkAgainstSchema(outputSchema(call.output), answer.value);
    if (misfit.length > 0)
      throw new StepFailure("tool/invalid-output", `${name} gave something else: ${misfit.join("; ")}`);
  }
  return { output: await context.keep(answer.value, maxInline) };
};

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
