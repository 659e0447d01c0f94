import { CancelledFailure, patched } from "@temporalio/workflow";
import type { Stored } from "../plan/artifact.ts";
import type { StepScope } from "../plan/carried-state.ts";
import type { Step } from "../plan/step.ts";
import { evaluateValue } from "./evaluate-value.ts";
import { type Failed, placeFailure, readFailure } from "./failure-info.ts";
import { HALT_ENDS_HOLD, wake } from "./frames.ts";
import { isTrue } from "./is-true.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { runForEach } from "./run-for-each.ts";
import { runOnce } from "./run-once.ts";
import { runRepeat } from "./run-repeat.ts";
import { type Frame, isHalted, type RunState, SKIPPED, type StepState, SUSPENDED } from "./run-state.ts";
import { beginWork, endWork } from "./track-status.ts";
import { commitUndos } from "./undo-log.ts";

/** Runs a step, or, where an earlier part of the run has left it failed and its handler at work, that handler. */
export function beginStep(frame: Frame, step: Step, how: { run: RunState; whenEnded: () => void }): boolean {
  const handling = frame.handling.get(step.id);
  if (handling === undefined) return runStep(frame, step, how);
  const handler = how.run.steps.get(handling.step) as StepState;
  return runStep(frame, handler.step, { ...how, path: handling.path });
}

/**
 * Runs one step of a block to its end, which stands in the block's `ended` then; a step that was set aside for a next part
 * of the run does not. False where it has ended already; else `whenEnded` is called: a callback and one promise a step,
 * because promises are what costs here.
 */
function runStep(
  frame: Frame,
  step: Step,
  { run, whenEnded, path = frame.prefix + step.id }: { run: RunState; whenEnded: () => void; path?: string },
): boolean {
  const state = run.steps.get(step.id) as StepState;
  const { title } = step;
  const { names, itemIndex: index } = frame;
  const invocation: Invocation = { run, frame, step, state, path, title, index, names };
  state.beganAt ??= run.clock + 1;
  if (frame.inLoop) (state.items ??= { completed: 0, failed: 0, total: 0 }).total += 1;
  beginWork(run, state);
  try {
    const outcome = perform(invocation);
    if (!(outcome instanceof Promise)) {
      complete(invocation, outcome);
      return false;
    }
    outcome.then(
      (value) => {
        try {
          complete(invocation, value);
          whenEnded();
        } catch (error) {
          run.crash(error);
        }
      },
      (failure: unknown) => {
        try {
          if (!recordFailure(invocation, failure, whenEnded)) whenEnded();
        } catch (error) {
          run.crash(error);
        }
      },
    );
    return true;
  } catch (error) {
    return recordFailure(invocation, error, whenEnded);
  }
}

/** Why a step did not act: an operator has skipped it, or its `if` did not hold. */
type Skip = "skipped" | "unwanted";

function perform(invocation: Invocation): Outcome | Skip | Promise<Outcome | Skip> {
  const { step, run, path } = invocation;
  // An open question is closed where it waits.
  if (run.skips.size > 0 && !run.approvals.has(path) && run.skips.delete(path)) return "skipped";
  if (step.if === undefined) return act(invocation);
  const verdict = evaluateValue(invocation, step.if, "if");
  if (!(verdict instanceof Promise)) return isTrue(verdict, "if") ? act(invocation) : "unwanted";
  return verdict.then((value) => (isTrue(value, "if") ? act(invocation) : "unwanted"));
}

function act(invocation: Invocation): Outcome | Promise<Outcome> {
  const { step } = invocation;
  if (step.forEach !== undefined) return runForEach(invocation);
  return step.repeat === undefined ? runOnce(invocation) : runRepeat(invocation);
}

function complete(invocation: Invocation, outcome: Outcome | Skip): void {
  const { state, frame } = invocation;
  if (typeof outcome === "string") {
    close(invocation, { status: "skipped", output: null, error: null, attempts: 0 });
    if (outcome === "unwanted") countUnhandled(invocation);
    return;
  }
  state.agent = outcome.agent;
  if (invocation.step.commits === true) commitUndos(invocation.run);
  if (frame.inLoop && state.items !== undefined) state.items.completed += 1;
  close(invocation, { status: "completed", output: outcome.output, error: null, attempts: outcome.attempts });
}

/** True where a handler of the failure runs now; it calls `whenEnded`. */
function recordFailure(invocation: Invocation, error: unknown, whenEnded: () => void): boolean {
  const { run, frame, step, state, path } = invocation;
  if (error === SUSPENDED) {
    // It begins again, and is counted then.
    if (frame.inLoop && state.items !== undefined) state.items.total -= 1;
    endWork(run, state);
    return false;
  }
  if (error === SKIPPED) {
    complete(invocation, "skipped");
    return false;
  }
  const failure = placeFailure(step, readFailure(error, step.effect));
  if (frame.inLoop && state.items !== undefined) {
    state.items.failed += 1;
    if (failure.status === "outcome-unknown") state.items.unknown = (state.items.unknown ?? 0) + 1;
  }
  const { code, message } = failure.error;
  state.error = failure.error;
  close(invocation, { status: failure.status, output: null, error: { code, message }, attempts: failure.attempts });
  if (failure.status === "cancelled") {
    if (!isHalted(frame)) halt(run, frame);
    return false;
  }
  const handler = handlerOf(run, step, failure);
  if (handler !== undefined && !isHalted(frame)) {
    const handling = { step: handler.id, path: `${path}/${handler.id}` };
    frame.handling.set(ownerOf(frame, path), handling);
    return runStep(frame, handler, { run, whenEnded, path: handling.path });
  }
  countFailure({ run, frame, step, path }, failure);
  return false;
}

/** Stops the block, unless the step may fail in it. */
function countFailure(
  { run, frame, step, path }: Pick<Invocation, "run" | "frame" | "step" | "path">,
  { error, status, step: from = path }: Pick<Failed, "error" | "status" | "step">,
): void {
  if ((step.continueOnError || frame.isTolerant) && status === "failed") return;
  frame.error ??= { ...error, step: from };
  if (frame !== run.root || run.plan.onFailure !== "continue" || status !== "failed") halt(run, frame);
}

/** The failure for which a handler was there that did not want it. In older histories it did not count. */
function countUnhandled({ run, frame, path }: Invocation): void {
  const id = path.slice(frame.prefix.length).split("/").at(-2);
  if (id === undefined || !patched("unwanted-handler")) return;
  const { status, error } = frame.ended.get(id) as StepScope;
  const { step } = run.steps.get(id) as StepState;
  countFailure({ run, frame, step, path: path.slice(0, path.lastIndexOf("/")) }, { status, error } as Failed);
}

/** The step of the block that failed first, where handlers take over from handlers. */
function ownerOf({ prefix }: Frame, path: string): string {
  return path.slice(prefix.length).split("/", 1)[0] as string;
}

function handlerOf(run: RunState, step: Step, { error, status }: Failed): Step | undefined {
  const [area] = error.code.split("/", 1);
  const rule = step.onError?.find(({ codes }) =>
    codes === undefined ? status === "failed" : codes.includes(error.code) || codes.includes(`${area}/*`),
  );
  return rule === undefined ? undefined : run.steps.get(rule.step)?.step;
}

/** Nothing more of the block begins; what only waits there for people or timers is given up. */
export function halt(run: RunState, frame: Frame): void {
  frame.halted = true;
  const waits = [...run.waits];
  for (const [path, wait] of waits)
    if (path.startsWith(frame.prefix)) wait.stop(new CancelledFailure("another step failed"));
  for (const part of run.parts.values()) if (part.loop.startsWith(frame.prefix)) part.order("halt");
  // What a pause holds back there has nothing to wait for. Older histories, in which it waited, are replayed as they were.
  if (run.paused && patched(HALT_ENDS_HOLD)) wake(run);
}

function close(
  { run, frame, state, path }: Invocation,
  end: { status: StepState["status"]; output: Stored; error: StepScopeError; attempts: number },
): void {
  state.closedAtMs = Date.now();
  state.attempts = end.attempts;
  if (!frame.inLoop) state.output = end.output;
  frame.scope[state.step.id] = end;
  frame.ended.set(state.step.id, end);
  if (frame.handling.size > 0) frame.handling.delete(ownerOf(frame, path));
  endWork(run, state);
  const { failed = 0, unknown = 0 } = (frame.inLoop ? state.items : undefined) ?? {};
  state.status = unknown > 0 ? "outcome-unknown" : failed > 0 ? "failed" : end.status;
}

type StepScopeError = { readonly code: string; readonly message: string } | null;
