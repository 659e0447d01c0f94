import { StepFailure } from "../plan/step-failure.ts";
import { checkAgainstSchema } from "../schema/check-schema.ts";
import { callOperation, type OperationCall } from "./call-operation.ts";
import { closeTools } from "./close-tools.ts";
import { createLocalContext, type LocalPlace } from "./local-context.ts";
import type { ToolAnswer } from "./tool-kind.ts";

/** Makes one call outside of a run, and ends what it started. Throws `StepFailure` `tool/…`. */
export async function tryCall(call: OperationCall, place: LocalPlace): Promise<ToolAnswer> {
  const { name, spec, operation, args } = call;
  const schema = spec.operations[operation]?.parameters;
  const wrong = schema === undefined ? [] : await checkAgainstSchema(schema, args);
  if (wrong.length > 0) throw new StepFailure("tool/invalid-arguments", `${name}.${operation}: ${wrong.join("; ")}`);
  const contextFor = async (one: string, way: OperationCall["spec"]) => createLocalContext(one, way, place);
  try {
    const { value, isError } = await callOperation(call, { contextFor, pins: {} });
    return { value, isError };
  } finally {
    await closeTools();
  }
}
