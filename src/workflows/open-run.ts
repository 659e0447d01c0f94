import { workflowInfo } from "@temporalio/workflow";
import { type ArtifactRef, isArtifactRef } from "../plan/artifact.ts";
import { checkValues } from "../plan/check-value.ts";
import { type FoldedPlan, unfoldPlan } from "../plan/fold-plan.ts";
import { isJsonObject, type JsonObject } from "../plan/json.ts";
import { ENGINE, type StartArguments } from "../plan/messages.ts";
import { type Plan, PLAN_FORMAT } from "../plan/plan.ts";
import { callForRun } from "./call-for-run.ts";
import { fail } from "./failure-info.ts";
import type { CarriedState } from "../plan/carried-state.ts";

/** The argument of a run, with what an earlier part of it, or the run it goes on from, has carried over. */
export type RunArguments = StartArguments & { readonly carried?: CarriedState };

/**
 * Checks the start arguments (anybody may start a run by hand) and gives the plan and complete inputs. Throws
 * `ApplicationFailure` `run/bad-arguments`, `run/newer-engine`, `plan/newer-format`, `input/invalid`.
 */
export async function openRun(args: RunArguments): Promise<{ readonly plan: Plan; readonly inputs: JsonObject }> {
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
  const plan = unfoldPlan(isArtifactRef(args.plan) ? await loadPlan(args, args.plan) : args.plan);
  if (!(plan.format <= PLAN_FORMAT)) {
    throw fail(
      "plan/newer-format",
      `the plan has format ${plan.format}; this worker reads up to ${PLAN_FORMAT}: update the worker`,
    );
  }
  const checked = checkValues(plan.inputs, args.inputs ?? {});
  if (checked.problems.length > 0) {
    throw fail("input/invalid", checked.problems.map((problem) => problem.message).join("; "));
  }
  return { plan, inputs: checked.values };
}

async function loadPlan(args: RunArguments, ref: ArtifactRef): Promise<Plan | FoldedPlan> {
  const run = { id: workflowInfo().workflowId, projectDir: args.projectDir };
  const loaded = await callForRun<{ plan: Plan | FoldedPlan }>(run, "load-plan", { ref });
  return loaded.plan;
}
