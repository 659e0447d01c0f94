import { CancellationScope, CancelledFailure } from "@temporalio/workflow";
import type { Stored } from "../plan/artifact.ts";
import type { LoopState } from "../plan/carried-state.ts";
import type { JsonObject, JsonValue } from "../plan/json.ts";
import { MAX_TEXT_CHARACTERS } from "../plan/limits.ts";
import type { ForEach } from "../plan/step.ts";
import { cutText } from "../plan/text-size.ts";
import { drainIfDue } from "./drain.ts";
import { BlockFailure, readFailure } from "./failure-info.ts";
import { onAwoken } from "./frames.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { runOnce } from "./run-once.ts";
import { runRepeat } from "./run-repeat.ts";
import { isHalted, SKIPPED, SUSPENDED } from "./run-state.ts";
import { beginWork, endWork } from "./track-status.ts";

/** One failed item, as it stands in the result list where the step goes on. */
export interface ItemError {
  readonly error: { readonly code: string; readonly message: string };
}

/** Items of a for-each that this run runs itself: all of them, or those of one part. */
export interface Items {
  readonly list: readonly Stored[];
  /** Index of the first in the whole loop. */
  readonly first: number;
  /** How many may be under way at once. */
  readonly width: number;
  /** How far they are; `ended` has places in `list`, `failed` has indexes. */
  readonly loop: LoopState & Required<Pick<LoopState, "results" | "ended" | "failed">>;
  readonly counts: { completed: number; failed: number };
  /** The agent that answered last. */
  agent: string | undefined;
}

/** Runs the step once per item and notes what comes of it in `items`; the step itself must not count as work meanwhile. */
export function runItems(invocation: Invocation, items: Items): Promise<void> {
  const { run, state, step, path } = invocation;
  const { list, first, width, loop, counts } = items;
  const { results, ended, failed } = loop;
  const { onItemError } = step.forEach as ForEach;

  const begin = (place: number): Outcome | Promise<Outcome> => {
    beginWork(run, state);
    const index = first + place;
    const own: Invocation = {
      ...invocation,
      path: `${path}[${index}]`,
      title: `${invocation.title} [${index}]`,
      index,
      names: namesOf(invocation, list[place] as Stored, index),
    };
    return step.repeat === undefined ? runOnce(own) : runRepeat(own);
  };
  const complete = (place: number, outcome: Outcome): void => {
    endWork(run, state);
    ended.push(place);
    results[place] = outcome.output;
    loop.attempts = Math.max(loop.attempts, outcome.attempts);
    items.agent = outcome.agent;
    counts.completed += 1;
    run.uplink?.progressed();
  };
  /** True where the other items go on. */
  const passOver = (place: number, error: unknown): boolean => {
    endWork(run, state);
    if (error === SUSPENDED) return true;
    if (error === SKIPPED) {
      ended.push(place);
      return true;
    }
    const failure = readFailure(error, step.effect);
    if (failure.status !== "failed" || onItemError === "stop") return false;
    ended.push(place);
    results[place] = itemError(failure.error);
    loop.attempts = Math.max(loop.attempts, failure.attempts);
    failed.push(first + place);
    counts.failed += 1;
    run.uplink?.progressed();
    return true;
  };

  /** Of a loop that ends with one item a person has to know which. */
  const nameItem = (place: number, error: unknown): unknown => {
    const failure = readFailure(error, step.effect);
    if (failure.status === "cancelled") return error;
    const message = cutText(`item ${first + place}: ${failure.error.message}`, MAX_TEXT_CHARACTERS);
    return new BlockFailure({ ...failure, error: { ...failure.error, message } });
  };
  const places = { count: list.length, ended: new Set(ended), width };
  return runAll(invocation, places, { begin, complete, passOver, explain: nameItem });
}

function namesOf({ names, step }: Invocation, item: Stored, index: number): JsonObject {
  const as = step.forEach?.as;
  return { ...names, item, index, ...(as === undefined ? {} : { [as]: item }) } as JsonObject;
}

function itemError({ code, message }: ItemError["error"]): JsonValue {
  return { error: { code, message } };
}

/** What `runAll` does with each piece of work. */
export interface Work<T> {
  begin(place: number): T | Promise<T>;
  complete(place: number, outcome: T): void;
  /** True where the others go on. */
  passOver(place: number, error: unknown): boolean;
  /** The error that ends all, for one that is not passed over. */
  explain?(place: number, error: unknown): unknown;
}

/**
 * Runs the work of every place that has not ended with at most `width` under way; the first error that is not passed
 * over cancels the rest and is thrown once they have ended. One promise a place: promises are what costs here.
 */
export function runAll<T>(
  { run, frame }: Invocation,
  { count, ended, width }: { readonly count: number; readonly ended: ReadonlySet<number>; readonly width: number },
  work: Work<T>,
): Promise<void> {
  const scope = new CancellationScope();
  return scope.run(
    () =>
      new Promise((resolve, reject) => {
        let next = 0;
        let underWay = 0;
        let isSuspended = false;
        let failure: { readonly error: unknown } | undefined;

        const fail = (place: number, error: unknown) => {
          if (error === SUSPENDED) isSuspended = true;
          if (work.passOver(place, error)) return;
          failure ??= { error: work.explain === undefined ? error : work.explain(place, error) };
          // Where the level has stopped already, what runs goes on to its end.
          if (!isHalted(frame)) scope.cancel();
        };
        const mayBegin = () => {
          while (ended.has(next)) next += 1;
          if (next >= count || underWay >= width || failure !== undefined || isHalted(frame)) return false;
          drainIfDue(run);
          return !run.paused && !run.draining;
        };
        const after = (settle: () => void) => {
          try {
            settle();
            underWay -= 1;
            pump();
          } catch (error) {
            run.crash(error);
          }
        };
        const pump = () => {
          while (mayBegin()) {
            const place = next;
            next += 1;
            try {
              const outcome = work.begin(place);
              if (!(outcome instanceof Promise)) {
                work.complete(place, outcome);
                continue;
              }
              underWay += 1;
              outcome.then(
                (value: T) => after(() => work.complete(place, value)),
                (error: unknown) => after(() => fail(place, error)),
              );
            } catch (error) {
              fail(place, error);
            }
          }
          if (underWay > 0) return;
          const isOver = failure !== undefined || (next >= count && !isSuspended);
          if (!isOver && run.paused && !isHalted(frame) && !run.draining) return;
          letGo();
          if (failure !== undefined) reject(failure.error);
          else if (isOver) resolve();
          else reject(isHalted(frame) ? new CancelledFailure("another step failed") : SUSPENDED);
        };
        const letGo = onAwoken(run, pump);
        pump();
      }),
  );
}
