import { ApplicationFailure, CancellationScope } from "@temporalio/workflow";
import { isArtifactRef, type Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import type { ForEach } from "../plan/step.ts";
import { evaluateValue } from "./evaluate-value.ts";
import { fail, readFailure } from "./failure-info.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { stepKindOf } from "./step-kinds/step-kinds.ts";
import { beginWork, endWork } from "./track-status.ts";

/** More items than this need child workflows. */
const MAX_ITEMS = 2000;

/** One failed item, as it stands in the result list where the step goes on. */
interface ItemError {
  readonly error: { readonly code: string; readonly message: string };
}

/** Runs the step once per item, `maxParallel` at a time; the output is the list of outputs in item order. */
export async function runForEach(invocation: Invocation): Promise<Outcome> {
  const { state, step } = invocation;
  const forEach = step.forEach as ForEach;
  const items = readItems(await evaluateValue(invocation, forEach.items, "for-each"));
  state.items = { completed: 0, failed: 0, total: items.length };
  const results: Stored[] = Array.from({ length: items.length }, () => null);
  const failures: number[] = [];
  let attempts = 1;
  let agent: string | undefined;

  const begin = (index: number): Outcome | Promise<Outcome> => {
    beginWork(invocation.run, state);
    return stepKindOf(step).run({
      ...invocation,
      path: `${invocation.path}[${index}]`,
      title: `${invocation.title} [${index}]`,
      index,
      item: items[index],
    });
  };
  const complete = (index: number, outcome: Outcome): void => {
    endWork(invocation.run, state);
    results[index] = outcome.output;
    attempts = Math.max(attempts, outcome.attempts);
    agent = outcome.agent;
    (state.items as { completed: number }).completed += 1;
  };
  /** True where the other items go on. */
  const passOver = (index: number, error: unknown): boolean => {
    endWork(invocation.run, state);
    const failure = readFailure(error);
    if (failure.status !== "failed" || forEach.onItemError === "stop") return false;
    results[index] = itemError(failure.error);
    attempts = Math.max(attempts, failure.attempts);
    failures.push(index);
    (state.items as { failed: number }).failed += 1;
    return true;
  };

  // The items count as work, or as waiting; the step around them does not.
  endWork(invocation.run, state);
  try {
    await runAll(items.length, forEach.maxParallel, { begin, complete, passOver });
  } finally {
    beginWork(invocation.run, state);
  }
  if (failures.length > 0 && forEach.onItemError === "finish") throw itemsFailed(failures, results);
  return { output: results as JsonValue, attempts, ...(agent === undefined ? {} : { agent }) };
}

interface Work {
  begin(index: number): Outcome | Promise<Outcome>;
  complete(index: number, outcome: Outcome): void;
  passOver(index: number, error: unknown): boolean;
}

/**
 * Runs the work of every index with at most `width` under way; the first error that is not passed over cancels the rest
 * and is thrown once they have ended. One promise an item: promises are what costs here.
 */
function runAll(count: number, width: number, work: Work): Promise<void> {
  const scope = new CancellationScope();
  return scope.run(
    () =>
      new Promise((resolve, reject) => {
        let next = 0;
        let underWay = 0;
        let failure: { readonly error: unknown } | undefined;

        const fail = (index: number, error: unknown) => {
          if (work.passOver(index, error)) return;
          failure ??= { error };
          scope.cancel();
        };
        const mayBegin = () => next < count && underWay < width && failure === undefined;
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
          if (failure === undefined) resolve();
          else reject(failure.error);
        };
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
