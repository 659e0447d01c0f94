import type { EvaluateCall, Evaluated } from "../plan/activity.ts";
import type { ActivityHandler } from "./activity-context.ts";

/** Evaluates what the workflow cannot, because a value it needs lies in the artifact store. */
export const evaluateValue: ActivityHandler<EvaluateCall, Evaluated> = async (call, context) => {
  const value = await context.resolve(call.template);
  if (!Array.isArray(value)) return { value: await context.keep(value) };
  return { list: await Promise.all(value.map((item) => context.keep(item))) };
};
