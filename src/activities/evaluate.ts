import type { EvaluateCall, Evaluated } from "../plan/activity.ts";
import { MAX_PAYLOAD_BYTES } from "../plan/limits.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { jsonBytes } from "../plan/text-size.ts";
import type { ActivityHandler } from "./activity-context.ts";

/** Evaluates what the workflow cannot, because a value it needs lies in the artifact store. */
export const evaluateValue: ActivityHandler<EvaluateCall, Evaluated> = async (call, context) => {
  const value = await context.resolve(call.template);
  if (!Array.isArray(value) || call.whole === true) return { value: await context.keep(value) };
  const list = await Promise.all(value.map((item) => context.keep(item)));
  const bytes = jsonBytes(list);
  if (bytes <= MAX_PAYLOAD_BYTES) return { list };
  const message = `the list of ${list.length} items has ${bytes} bytes, large items left out; at most ${MAX_PAYLOAD_BYTES} can be`;
  throw new StepFailure("expression/too-large", message);
};
