// The interpreter: one workflow that runs every plan. Imports plan, expressions and `@temporalio/workflow` only, because
// all of this room is bundled into the workflow sandbox: no `node:`, no clock but Temporal's, no zod.
// Start here; `schedule-steps.ts` decides what begins when, `run-step.ts` runs one, `step-kinds/` has the kinds.
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
} from "@temporalio/workflow";
import { APPROVE, DECIDE, type Decision, type DecisionResult, REJECT, REPORT } from "../plan/messages.ts";
import type { RunReport } from "../plan/report.ts";
import { castVote, checkDecision, receiveSignal } from "./approvals.ts";
import { buildReport } from "./build-report.ts";
import { carryState } from "./carry-state.ts";
import { createRun } from "./create-run.ts";
import { endRun, type RunResult } from "./end-run.ts";
import { openRun, type RunArguments } from "./open-run.ts";
import type { RunState } from "./run-state.ts";
import { withRunTimeout } from "./run-timeout.ts";
import { scheduleSteps } from "./schedule-steps.ts";
import { showProgress } from "./show-progress.ts";

const decide = defineUpdate<DecisionResult, [Decision]>(DECIDE);
const approve = defineSignal<[unknown]>(APPROVE);
const reject = defineSignal<[unknown]>(REJECT);
const report = defineQuery<RunReport>(REPORT);

/** Runs the plan in its argument; the type of the workflow is the name of the user's workflow. */
export async function runPlan(args: RunArguments): Promise<RunResult> {
  const { plan, inputs } = await openRun(args);
  const run = createRun(plan, inputs, args);
  listen(run);
  showProgress(run);
  const how = await withRunTimeout(run, () => scheduleSteps(run));
  if (how === "ended") return endRun(run);
  const carried = await carryState(run);
  await condition(allHandlersFinished);
  return continueAsNew<typeof runPlan>({ ...args, carried });
}

function listen(run: RunState): void {
  setHandler(report, () => buildReport(run));
  setHandler(decide, (decision) => castVote(run, decision), { validator: (decision) => checkDecision(run, decision) });
  setHandler(approve, (vote) => receiveSignal(run, vote, "approve"));
  setHandler(reject, (vote) => receiveSignal(run, vote, "reject"));
}
