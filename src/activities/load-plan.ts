import type { ActivityCall } from "../plan/activity.ts";
import type { ArtifactRef } from "../plan/artifact.ts";
import type { FoldedPlan } from "../plan/fold-plan.ts";
import type { ActivityHandler } from "./activity-context.ts";

/** Fetches a plan that was too large for the start arguments. */
export const loadPlan: ActivityHandler<
  ActivityCall & { readonly ref: ArtifactRef },
  { readonly plan: FoldedPlan }
> = async (call, context) => ({ plan: (await context.load(call.ref)) as unknown as FoldedPlan });
