import type { ActivityCall } from "../plan/activity.ts";
import type { Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import type { ActivityHandler } from "./activity-context.ts";

/** Fetches what a run itself needs and its arguments could not hold: its plan, a piece of its state. */
export const load: ActivityHandler<ActivityCall & { readonly ref: Stored }, { readonly value: JsonValue }> = async (
  call,
  context,
) => ({ value: await context.load(call.ref) });
