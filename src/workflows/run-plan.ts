// The interpreter: one workflow that runs every plan. Imports plan, expressions and `@temporalio/workflow` only, because
// all of this room is bundled into the workflow sandbox: no `node:`, no clock but Temporal's, no zod.
// Start here; `schedule-steps.ts` decides what begins when, `run-step.ts` runs one, `step-kinds/` has the kinds.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
} from "@temporalio/workflow";
import {
  ANSWER,
  APPROVE,
  CONTROL,
  type Control,
  DECIDE,
  type Decision,
  type DecisionResult,
  REJECT,
  REPORT,
  STATE,
} from "../plan/messages.ts";
import type { RunReport } from "../plan/report.ts";
import { castVote, checkDecision, receiveSignal } from "./approvals.ts";
import { buildReport } from "./build-report.ts";
import { type CarriedState, carryState } from "./carried-state.ts";
import { holdPlace } from "./concurrency.ts";
import { applyControl, checkControl } from "./control.ts";
import { createRun } from "./create-run.ts";
import { endRollback, endRun, type RunResult } from "./end-run.ts";
import { wake } from "./frames.ts";
import { openRun, type RunArguments } from "./open-run.ts";
import { hearPart } from "./part-link.ts";
import { PART_NEWS, type PartNews } from "./part-messages.ts";
import { runBlock } from "./run-block.ts";
import { halt } from "./run-step.ts";
import type { RunState } from "./run-state.ts";
import { withRunTimeout } from "./run-timeout.ts";
import { showProgress } from "./show-progress.ts";
import { receiveOther } from "./signals.ts";

const decide = defineUpdate<DecisionResult, [Decision]>(DECIDE);
const control = defineUpdate<{ readonly run: string; readonly status: string }, [Control]>(CONTROL);
const approve = defineSignal<[unknown]>(APPROVE);
const reject = defineSignal<[unknown]>(REJECT);
const answer = defineSignal<[unknown]>(ANSWER);
const partNews = defineSignal<[PartNews]>(PART_NEWS);
const report = defineQuery<RunReport>(REPORT);
const state = defineQuery<CarriedState>(STATE);

/** Runs the plan in its argument; the type of the workflow is the name of the user's workflow. */
export async function runPlan(args: RunArguments): Promise<RunResult> {
  const { plan, inputs } = await openRun(args);
  const run = createRun(plan, inputs, args);
  listen(run);
  showProgress(run);
  if (args.rollback !== undefined) return endRollback(run, args.rollback.to);
  watchForCancel(run);
  const place = plan.concurrency === undefined ? undefined : await holdPlace(run, plan.concurrency);
  const how = await withRunTimeout(run, () => runBlock(run, run.root, { steps: plan.steps }));
  if (how !== "continue-as-new") {
    if (place === undefined) return endRun(run);
    return endRun(run).finally(() => place.release());
  }
  const carried = carryState(run);
  await condition(allHandlersFinished);
  return continueAsNew<typeof runPlan>({ ...args, carried });
}

/** Answers everything that people, clients and parts of loops can ask of a run. */
export function listen(run: RunState): void {
  setHandler(partNews, (news) => hearPart(run, news));
  setHandler(report, () => buildReport(run));
  setHandler(state, () => carryState(run));
  setHandler(decide, (decision) => castVote(run, decision), { validator: (decision) => checkDecision(run, decision) });
  setHandler(control, (wish) => applyControl(run, wish), { validator: (wish) => checkControl(run, wish) });
  setHandler(approve, (vote) => receiveSignal(run, vote, "approve"));
  setHandler(reject, (vote) => receiveSignal(run, vote, "reject"));
  setHandler(answer, (vote) => receiveSignal(run, vote, "answer"));
  setDefaultSignalHandler((name, payload) => receiveOther(run, name, payload));
}

/** A cancel also ends a run that is paused, or between two steps. */
export function watchForCancel(run: RunState): void {
  CancellationScope.current().cancelRequested.catch(() => {
    run.cancelled = true;
    halt(run, run.root);
    wake(run);
  });
}
