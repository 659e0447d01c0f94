import { ApplicationFailure, CancellationScope, CancelledFailure } from "@temporalio/workflow";
import { isArtifactRef, type Stored } from "../plan/artifact.ts";
import type { JsonObject, JsonValue } from "../plan/json.ts";
import type { ForEach } from "../plan/step.ts";
import { evaluateValue } from "./evaluate-value.ts";
import { fail, readFailure } from "./failure-info.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { openLoop } from "./frames.ts";
import { isHistoryFull } from "./is-history-full.ts";
import { runOnce } from "./run-once.ts";
import { runRepeat } from "./run-repeat.ts";
import { isHalted, SKIPPED, SUSPENDED } from "./run-state.ts";
import { beginWork, endWork } from "./track-status.ts";

/** More items than this need child workflows. */
const MAX_ITEMS = 2000;

/** One failed item, as it stands in the result list where the step goes on. */
interface ItemError {
  readonly error: { readonly code: string; readonly message: string };
}

/** Runs the step once per item, `maxParallel` at a time; the output is the list of outputs in item order. */
export async function runForEach(invocation: Invocation): Promise<Outcome> {
  const { run, state, step, path } = invocation;
  const forEach = step.forEach as ForEach;
  const loop = openLoop(run, path, () => ({ attempts: 1 }));
  const items = loop.items ?? readItems(await evaluateValue(invocation, forEach.items, "for-each"));
  const results = loop.results ?? Array.from({ length: items.length }, (): Stored => null);
  const failed = loop.failed ?? [];
  const ended = loop.ended ?? [];
  Object.assign(loop, { items, results, failed, ended });
  const counts = { completed: ended.length - failed.length, failed: failed.length, total: items.length };
  if (!invocation.frame.inLoop) state.items = counts;
  let agent: string | undefined;

  const begin = (index: number): Outcome | Promise<Outcome> => {
    beginWork(run, state);
    const own: Invocation = {
      ...invocation,
      path: `${path}[${index}]`,
      title: `${invocation.title} [${index}]`,
      index,
      names: namesOf(invocation, items[index] as Stored, index),
    };
    return step.repeat === undefined ? runOnce(own) : runRepeat(own);
  };
  const complete = (index: number, outcome: Outcome): void => {
    endWork(run, state);
    ended.push(index);
    results[index] = outcome.output;
    loop.attempts = Math.max(loop.attempts, outcome.attempts);
    agent = outcome.agent;
    counts.completed += 1;
  };
  /** True where the other items go on. */
  const passOver = (index: number, error: unknown): boolean => {
    endWork(run, state);
    if (error === SUSPENDED) return true;
    if (error === SKIPPED) {
      ended.push(index);
      return true;
    }
    const failure = readFailure(error, step.effect);
    if (failure.status !== "failed" || forEach.onItemError === "stop") return false;
    ended.push(index);
    results[index] = itemError(failure.error);
    loop.attempts = Math.max(loop.attempts, failure.attempts);
    failed.push(index);
    counts.failed += 1;
    return true;
  };

  // The items count as work, or as waiting; the step around them does not.
  endWork(run, state);
  try {
    await runAll(invocation, { count: items.length, ended: new Set(ended) }, { begin, complete, passOver });
  } catch (error) {
    if (error !== SUSPENDED) run.loops.delete(path);
    throw error;
  } finally {
    beginWork(run, state);
  }
  run.loops.delete(path);
  if (failed.length > 0 && forEach.onItemError === "finish") throw itemsFailed(failed, results);
  return { output: results as JsonValue, attempts: loop.attempts, ...(agent === undefined ? {} : { agent }) };
}

function namesOf({ names, step }: Invocation, item: Stored, index: number): JsonObject {
  const as = step.forEach?.as;
  return { ...names, item, index, ...(as === undefined ? {} : { [as]: item }) } as JsonObject;
}

interface Work {
  begin(index: number): Outcome | Promise<Outcome>;
  complete(index: number, outcome: Outcome): void;
  passOver(index: number, error: unknown): boolean;
}

/**
 * Runs the work of every index that has not ended with at most `maxParallel` under way; the first error that is not passed
 * over cancels the rest and is thrown once they have ended. One promise an item: promises are what costs here.
 */
function runAll(
  { run, frame, step }: Invocation,
  { count, ended }: { readonly count: number; readonly ended: ReadonlySet<number> },
  work: Work,
): Promise<void> {
  const width = (step.forEach as ForEach).maxParallel;
  const scope = new CancellationScope();
  return scope.run(
    () =>
      new Promise((resolve, reject) => {
        let next = 0;
        let underWay = 0;
        let isSuspended = false;
        let failure: { readonly error: unknown } | undefined;

        const fail = (index: number, error: unknown) => {
          if (error === SUSPENDED) isSuspended = true;
          if (work.passOver(index, error)) return;
          failure ??= { error };
          // Where the level has stopped already, what runs goes on to its end.
          if (!isHalted(frame)) scope.cancel();
        };
        const mayBegin = () => {
          while (ended.has(next)) next += 1;
          if (next >= count || underWay >= width || failure !== undefined || isHalted(frame)) return false;
          if (isHistoryFull(run)) run.draining = true;
          return !run.paused && !run.draining;
        };
        const pump = () => {
          while (mayBegin()) {
            const index = next;
            next += 1;
            try {
              const outcome = work.begin(index);
              if (!(outcome instanceof Promise)) {
                work.complete(index, outcome);
                continue;
              }
              underWay += 1;
              outcome.then(
                (value) => {
                  work.complete(index, value);
                  underWay -= 1;
                  pump();
                },
                (error: unknown) => {
                  fail(index, error);
                  underWay -= 1;
                  pump();
                },
              );
            } catch (error) {
              fail(index, error);
            }
          }
          if (underWay > 0) return;
          const isOver = failure !== undefined || (next >= count && !isSuspended);
          if (!isOver && run.paused && !isHalted(frame) && !run.draining) return;
          run.pumps.delete(pump);
          if (failure !== undefined) reject(failure.error);
          else if (isOver) resolve();
          else reject(isHalted(frame) ? new CancelledFailure("another step failed") : SUSPENDED);
        };
        run.pumps.add(pump);
        pump();
      }),
  );
}

function readItems(value: JsonValue | Stored | readonly Stored[]): readonly Stored[] {
  if (!Array.isArray(value)) {
    const type = value === null ? "null" : isArtifactRef(value) ? "a large value" : typeof value;
    throw fail("for-each/not-a-list", `for-each needs a list, but the expression gave ${type}`);
  }
  if (value.length > MAX_ITEMS) {
    throw fail("for-each/too-many-items", `for-each has ${value.length} items; at most ${MAX_ITEMS} are allowed`);
  }
  return value as readonly Stored[];
}

function itemError({ code, message }: ItemError["error"]): JsonValue {
  return { error: { code, message } };
}

function itemsFailed(indexes: readonly number[], results: readonly Stored[]): ApplicationFailure {
  const sorted = [...indexes].sort((a, b) => a - b);
  const first = results[sorted[0] as number] as unknown as ItemError;
  return fail(
    "for-each/items-failed",
    `${sorted.length} of ${results.length} items failed (${sorted.join(", ")}); the first: ${first.error.message}`,
    { failed: sorted, results: results as JsonValue },
  );
}
