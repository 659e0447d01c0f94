import { CancellationScope, patched } from "@temporalio/workflow";
import type { Stored } from "../plan/artifact.ts";
import type { JsonObject } from "../plan/json.ts";
import type { GroupStep } from "../plan/step.ts";
import { type Alarm, setAlarm } from "./alarm.ts";
import { BlockFailure } from "./failure-info.ts";
import { runBlock } from "./run-block.ts";
import { halt } from "./run-step.ts";
import { type Frame, type RunState, SUSPENDED } from "./run-state.ts";

/**
 * Runs the steps of a group until all have ended, or as many as `join` asks for have ended well; the rest is cancelled
 * then. Gives the map of their outputs. Throws `BlockFailure` or `SUSPENDED`.
 */
export async function joinBlock(run: RunState, frame: Frame, step: GroupStep): Promise<Stored> {
  const { join, steps, limitMs } = step;
  /** Where the end of its time is kept, from the first history in which it runs. */
  const limit = `${frame.prefix.slice(0, -1)}/limit`;
  const scope = new CancellationScope();
  const countOf = (status: string) => [...frame.ended.values()].filter((one) => one.status === status).length;
  const isWon = () => join !== "all" && countOf("completed") >= join;
  let alarm: Alarm | undefined;
  let isLate = false;
  if (limitMs !== undefined) {
    const giveUp = () => {
      isLate = true;
      halt(run, frame);
      scope.cancel();
    };
    const summary = `${step.title}: time limit`;
    const dueMs = run.deadlines.get(limit) ?? Date.now() + limitMs;
    const begunAgain = (anewMs: number) => run.deadlines.set(limit, anewMs);
    begunAgain(dueMs);
    alarm = setAlarm(run, { durationMs: limitMs, dueMs, summary, begunAgain }, giveUp);
  }
  const onEnded = () => {
    if (!isWon()) return;
    halt(run, frame);
    scope.cancel();
  };
  let how: string;
  try {
    how = await scope.run(() => runBlock(run, frame, { steps, onEnded }));
  } finally {
    alarm?.cancel();
  }
  const output = () =>
    Object.fromEntries(steps.map(({ id }) => [id, frame.ended.get(id)?.output ?? null])) as JsonObject;
  const isSuspended = how === "continue-as-new" && !isWon();
  if (!isSuspended) run.deadlines.delete(limit);
  const isOver = isWon() || isLate;
  // Nobody knows what it did, whoever has won meanwhile. Older histories, in which that was forgotten, are replayed as they were.
  const isUnknown =
    frame.error !== null && countOf("outcome-unknown") > 0 && (!isOver || patched("unknown-beside-winner"));
  if (isWon() && !isUnknown) return output();
  if (isSuspended) throw SUSPENDED;
  const attempts = 1;
  if (isLate && !isUnknown) {
    const error = { code: "step/timeout", message: `the group took longer than ${(limitMs as number) / 1000} s` };
    throw new BlockFailure({ status: "failed", error, attempts });
  }
  if (frame.error !== null) {
    const { step: from, ...error } = frame.error;
    throw new BlockFailure({ status: isUnknown ? "outcome-unknown" : "failed", error, attempts, step: from });
  }
  if (how === "halted" || countOf("cancelled") > 0) {
    throw new BlockFailure({ status: "cancelled", error: { code: "step/cancelled", message: "cancelled" }, attempts });
  }
  if (join !== "all") {
    const count = steps.filter(({ handles }) => handles === undefined).length;
    const message = `${countOf("completed")} of ${count} steps ended well; ${join} were asked for`;
    throw new BlockFailure({ status: "failed", error: { code: "group/not-joined", message }, attempts });
  }
  return output();
}
