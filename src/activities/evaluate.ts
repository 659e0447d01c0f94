import { joinParts, keepPart } from "../artifacts/keep-value.ts";
import type { EvaluateCall, Evaluated } from "../plan/activity.ts";
import type { ArtifactRef, Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import { MAX_PAYLOAD_BYTES } from "../plan/limits.ts";
import { ITEMS_A_PART, MAX_ITEMS, needsParts } from "../plan/loop-parts.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { jsonBytes } from "../plan/text-size.ts";
import type { ActivityContext, ActivityHandler } from "./activity-context.ts";

/**
 * Evaluates what the workflow cannot, because a value it needs lies in the artifact store. Throws `StepFailure`
 * `for-each/too-many-items`.
 */
export const evaluateValue: ActivityHandler<EvaluateCall, Evaluated> = async (call, context) => {
  const value = await context.resolve(call.template);
  if (!Array.isArray(value) || call.whole === true) return { value: await context.keep(value) };
  if (call.asItems === true) return keepItems(value as readonly JsonValue[], context);
  const list = await Promise.all(value.map((item) => context.keep(item)));
  const bytes = jsonBytes(list);
  if (bytes <= MAX_PAYLOAD_BYTES) return { list };
  const message = `the list of ${list.length} items has ${bytes} bytes, large items left out; at most ${MAX_PAYLOAD_BYTES} can be`;
  throw new StepFailure("expression/too-large", message);
};

/** Keeps the items apart; of a long list in parts, so that no more than one of them is under way at once. */
async function keepItems(items: readonly JsonValue[], context: ActivityContext): Promise<Evaluated> {
  if (items.length > MAX_ITEMS) {
    const message = `for-each has ${items.length} items; at most ${MAX_ITEMS} are allowed`;
    throw new StepFailure("for-each/too-many-items", message);
  }
  const list: Stored[] = [];
  for (let first = 0; first < items.length; first += ITEMS_A_PART) {
    const some = items.slice(first, first + ITEMS_A_PART);
    for (const item of await Promise.all(some.map((one) => context.keep(one)))) list.push(item);
  }
  if (!needsParts(list)) return { list };
  const parts: ArtifactRef[] = [];
  for (let first = 0; first < list.length; first += ITEMS_A_PART) {
    parts.push(await keepPart(context.store, list.slice(first, first + ITEMS_A_PART)));
  }
  return { items: { ref: await joinParts(context.store, parts), count: list.length } };
}
