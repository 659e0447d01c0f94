import { keepValue } from "../artifacts/keep-value.ts";
import type { ActivityCall } from "../plan/activity.ts";
import type { Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import type { ActivityHandler } from "./activity-context.ts";

/**
 * Keeps what a run itself hands on and arguments could not hold: a piece of its state. It has been in history already, so
 * secrets are masked in it, and nothing of it may change.
 */
export const keep: ActivityHandler<ActivityCall & { readonly value: JsonValue }, { readonly ref: Stored }> = async (
  call,
  { store },
) => ({ ref: await keepValue(store, call.value) });
