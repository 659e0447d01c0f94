import type { Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import type { ForEach } from "../plan/step.ts";
import { findItems } from "./find-items.ts";
import { openLoop } from "./frames.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { faultsOf, itemsFailed } from "./items-failed.ts";
import { type Items, runItems } from "./run-items.ts";
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
  if (failed.length > 0 && onItemError === "finish") {
    const faults = faultsOf(failed, results, 0);
    throw itemsFailed({ failed, faults, count: failed.length, total: results.length, results });
  }
  return { output: results as JsonValue, attempts: loop.attempts, ...(agent === undefined ? {} : { agent }) };
}
