import type { ApplicationFailure } from "@temporalio/workflow";
import type { Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import type { ForEach } from "../plan/step.ts";
import { fail } from "./failure-info.ts";
import { findItems } from "./find-items.ts";
import { openLoop } from "./frames.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { type ItemError, type Items, runItems } from "./run-items.ts";
import { openParts, runParts } from "./run-parts.ts";
import { SUSPENDED } from "./run-state.ts";
import { beginWork, endWork } from "./track-status.ts";

/** Runs the step once per item, `maxParallel` at a time; the output is the list of outputs in item order. */
export async function runForEach(invocation: Invocation): Promise<Outcome> {
  const { run, state, step, path } = invocation;
  const { maxParallel: width, onItemError } = step.forEach as ForEach;
  const loop = openLoop(run, path, () => ({ attempts: 1 }));
  const found = loop.parts === undefined && loop.items === undefined ? await findItems(invocation) : loop.items;
  if (found === undefined || "count" in found) {
    if (found !== undefined) loop.parts = await openParts(invocation, found);
    return runParts(invocation, loop);
  }
  const results = loop.results ?? Array.from({ length: found.length }, (): Stored => null);
  const failed = loop.failed ?? [];
  const ended = loop.ended ?? [];
  const here = Object.assign(loop, { items: found, results, failed, ended });
  const counts = { completed: ended.length - failed.length, failed: failed.length, total: found.length };
  if (!invocation.frame.inLoop) state.items = counts;
  const items: Items = { list: found, first: 0, width, loop: here, counts, agent: undefined };
  // The items count as work, or as waiting; the step around them does not.
  endWork(run, state);
  try {
    await runItems(invocation, items);
  } catch (error) {
    if (error !== SUSPENDED) run.loops.delete(path);
    throw error;
  } finally {
    beginWork(run, state);
  }
  run.loops.delete(path);
  const { agent } = items;
  if (failed.length > 0 && onItemError === "finish") throw itemsFailed(failed, results);
  return { output: results as JsonValue, attempts: loop.attempts, ...(agent === undefined ? {} : { agent }) };
}

function itemsFailed(indexes: readonly number[], results: readonly Stored[]): ApplicationFailure {
  const sorted = [...indexes].sort((a, b) => a - b);
  const errors = sorted.map((index) => (results[index] as unknown as ItemError).error);
  const first = { error: errors[0] as ItemError["error"] };
  // Where money alone was missing, the step says so.
  const isRefused = errors.every(({ code }) => code === "budget/exceeded");
  return fail(
    isRefused ? "budget/exceeded" : "for-each/items-failed",
    `${sorted.length} of ${results.length} items failed (${sorted.join(", ")}); the first: ${first.error.message}`,
    { failed: sorted, results: results as JsonValue },
  );
}
