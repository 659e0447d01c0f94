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

  const runItem = async (index: number): Promise<void> => {
    const item: Invocation = {
      ...invocation,
      path: `${invocation.path}[${index}]`,
      title: `${invocation.title} [${index}]`,
      index,
      item: items[index],
    };
    beginWork(invocation.run, state);
    try {
      const outcome = await stepKindOf(step).run(item);
      results[index] = outcome.output;
      attempts = Math.max(attempts, outcome.attempts);
      agent = outcome.agent;
      (state.items as { completed: number }).completed += 1;
    } catch (error) {
      const failure = readFailure(error);
      if (failure.status !== "failed" || forEach.onItemError === "stop") throw error;
      results[index] = itemError(failure.error);
      attempts = Math.max(attempts, failure.attempts);
      failures.push(index);
      (state.items as { failed: number }).failed += 1;
    } finally {
      endWork(invocation.run, state);
    }
  };

  // The items count as work, or as waiting; the step around them does not.
  endWork(invocation.run, state);
  try {
    await runAll(items.length, forEach.maxParallel, runItem);
  } finally {
    beginWork(invocation.run, state);
  }
  if (failures.length > 0 && forEach.onItemError === "finish") throw itemsFailed(failures, results);
  return { output: results as JsonValue, attempts, ...(agent === undefined ? {} : { agent }) };
}

/** Runs `work` for each index with at most `width` under way; the first rejection cancels the rest and is thrown. */
async function runAll(count: number, width: number, work: (index: number) => Promise<void>): Promise<void> {
  const scope = new CancellationScope();
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    while (next < count && failure === undefined) {
      const index = next;
      next += 1;
      try {
        await work(index);
      } catch (error) {
        failure ??= { error };
        scope.cancel();
      }
    }
  };
  await scope.run(() => Promise.all(Array.from({ length: Math.min(width, count) }, lane)));
  if (failure !== undefined) throw failure.error;
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
