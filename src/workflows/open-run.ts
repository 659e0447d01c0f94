import { workflowInfo } from "@temporalio/workflow";
import { isArtifactRef } from "../plan/artifact.ts";
import type { CarriedState, PackedState } from "../plan/carried-state.ts";
import { checkValues } from "../plan/check-value.ts";
import type { FoldedPlan } from "../plan/fold-plan.ts";
import { isJsonObject, type JsonObject } from "../plan/json.ts";
import { ENGINE, type StartArguments } from "../plan/messages.ts";
import type { Plan } from "../plan/plan.ts";
import { isPacked } from "../plan/state-pieces.ts";
import type { Caller } from "./call-for-run.ts";
import { fail } from "./failure-info.ts";
import { fillValues } from "./fill-values.ts";
import { hasEarlierHistory, loadForStart, loadSurely } from "./load-surely.ts";
import { openPlan } from "./open-plan.ts";
import { unpackState } from "./pack-state.ts";
import { load } from "./set-aside.ts";

/** The argument of a run, with what an earlier part of it, or the run it goes on from, has carried over. */
export type RunArguments = StartArguments & { readonly carried?: CarriedState | PackedState };

/** What a run begins with. */
export interface OpenedRun {
  readonly plan: Plan;
  /** Complete, with the defaults of the plan. */
  readonly inputs: JsonObject;
  readonly carried: CarriedState | undefined;
}

/**
 * Checks the start arguments (anybody may start a run by hand) and fetches what of them lies in the store; a promise only
 * where something does. Throws `ApplicationFailure` `run/bad-arguments`, `run/newer-engine`, `plan/newer-format`,
 * `plan/malformed`, `input/invalid`.
 */
export function openRun(args: RunArguments): OpenedRun | Promise<OpenedRun> {
  if (!isJsonObject(args) || typeof args.engine !== "number" || !isJsonObject(args.plan)) {
    throw fail(
      "run/bad-arguments",
      "the argument of a run is {engine, plan, inputs, projectDir}: start it with `aiworkflow run`",
    );
  }
  const { parent } = args;
  if (parent !== undefined && (typeof parent?.run !== "string" || typeof parent.paused !== "boolean"))
    throw fail("run/bad-arguments", "the parent of a run is {run, paused}");
  if (args.engine > ENGINE) {
    throw fail(
      "run/newer-engine",
      `this run needs engine ${args.engine}; this worker has ${ENGINE}: update the worker`,
    );
  }
  const { plan, carried } = args;
  if (isArtifactRef(plan) || (carried !== undefined && isPacked(carried))) return fetchParts(args);
  return checkParts(args, plan, carried);
}

function fetchParts(args: RunArguments): Promise<OpenedRun> {
  const fetch = async (run: Caller) => {
    const plan = isArtifactRef(args.plan) ? await load<Plan | FoldedPlan>(run, args.plan, "load-plan") : args.plan;
    const carried = args.carried === undefined ? undefined : await unpackState(run, args.carried);
    return checkParts(args, plan, carried);
  };
  const run = { id: workflowInfo().workflowId, projectDir: args.projectDir };
  if (args.carried === undefined) return fetch(run);
  return hasEarlierHistory() ? loadSurely(run, fetch) : loadForStart(run, args.rollback !== undefined, fetch);
}

function checkParts(args: RunArguments, packed: Plan | FoldedPlan, carried: CarriedState | undefined): OpenedRun {
  const opened = openPlan(packed);
  const { plan } = opened;
  // The SDK holds the arguments as long as the run lives: runs of one plan share that part of them as well.
  if (args.plan === packed) Object.assign(args, { plan: opened.packed });
  const checked = checkValues(plan.inputs, args.inputs ?? {});
  if (checked.problems.length > 0) {
    throw fail("input/invalid", checked.problems.map((problem) => problem.message).join("; "));
  }
  return { plan, inputs: fillValues(plan.inputs, checked.values), carried };
}
