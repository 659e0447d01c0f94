import { CancellationScope, CancelledFailure, isCancellation, patched, startChild } from "@temporalio/workflow";
import type { ArtifactRef } from "../plan/artifact.ts";
import type { LoopState } from "../plan/carried-state.ts";
import { countParts, type ItemCounts, type ItemList, ITEMS_A_PART, type LoopParts } from "../plan/loop-parts.ts";
import { PART_WORKFLOW } from "../plan/messages.ts";
import type { ForEach } from "../plan/step.ts";
import { absorbPart } from "./absorb-part.ts";
import { cancelLatest } from "./cancel-latest.ts";
import { BlockFailure, fail, readFailure } from "./failure-info.ts";
import { joinParts } from "./find-items.ts";
import { itemsFailed, joinFaults } from "./items-failed.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { childId, childOptions, partArguments } from "./part-child.ts";
import { linkTo, offerVotes, type OpenPart } from "./part-link.ts";
import type { PartArguments, PartNews, PartResult } from "./part-messages.ts";
import { partCommon } from "./part-plan.ts";
import { runAll } from "./run-items.ts";
import { SUSPENDED } from "./run-state.ts";
import { setAside } from "./set-aside.ts";
import { beginWork, endWaiting, endWork } from "./track-status.ts";
import { notePartUndo } from "./undo-part.ts";

/** Parts side by side: each has at least two items under way, so that one slow item does not hold up the loop. */
const MOST_SIDE_BY_SIDE = 10;
const LEAST_WIDTH = 2;
/** So many indexes of failed items are kept; the others are in the result. */
const FAILED_KEPT = 1000;

/** A loop in parts that begins. */
export async function openParts(invocation: Invocation, items: ItemList): Promise<LoopParts> {
  const { run, path, state } = invocation;
  const common = await setAside(run, `${path}/common`, partCommon(invocation));
  state.beganAt ??= run.clock + 1;
  const results = Array.from({ length: countParts(items.count) }, () => null);
  return { items, common, results, suspended: {}, counts: {}, failed: [] };
}

/** Runs the items of a for-each in child runs, each a part of the list; the output is the list of outputs by reference. */
export async function runParts(invocation: Invocation, loop: LoopState): Promise<Outcome> {
  const { run, frame, state, step, path } = invocation;
  const { maxParallel, onItemError } = step.forEach as ForEach;
  const parts = loop.parts as LoopParts;
  const free = splitWidth(maxParallel, parts.results.length);
  const ended = new Set(parts.results.flatMap((result, number) => (result === null ? [] : [number])));
  const totals = { completed: 0, failed: 0, total: parts.items.count };
  if (!frame.inLoop) state.items = totals;
  const count = (number: number, counts: ItemCounts): void => {
    parts.counts[number] = counts;
    const all = Object.values(parts.counts);
    totals.completed = all.reduce((sum, one) => sum + one.completed, 0);
    totals.failed = all.reduce((sum, one) => sum + one.failed, 0);
  };
  for (const [number, counts] of Object.entries(parts.counts)) count(Number(number), counts);

  const begin = async (number: number): Promise<PartResult> => {
    const width = free.shift() as number;
    beginWork(run, state);
    try {
      const result = await runPart(invocation, { parts, number, width, heard: (news) => count(number, news) });
      count(number, result.counts);
      loop.attempts = Math.max(loop.attempts, result.attempts);
      const { suspended } = result;
      if (suspended === undefined) delete parts.suspended[number];
      else parts.suspended[number] = suspended;
      if (result.failure !== undefined) throw new BlockFailure(result.failure);
      if (suspended !== undefined) throw SUSPENDED;
      return result;
    } finally {
      endWork(run, state);
      free.push(width);
    }
  };
  const complete = (number: number, result: PartResult): void => {
    parts.results[number] = result.results as ArtifactRef;
    if (result.agent !== undefined) parts.agent = result.agent;
    parts.failed.push(...result.failed.slice(0, FAILED_KEPT - parts.failed.length));
    // A part of an older engine does not tell.
    if (result.failed.length > 0) parts.faults = joinFaults(parts.faults, result.faults ?? { areRefusals: false });
  };

  endWork(run, state);
  try {
    const all = { count: parts.results.length, ended, width: free.length };
    await runAll(invocation, all, { begin, complete, passOver: (_, error) => error === SUSPENDED });
  } catch (error) {
    if (error !== SUSPENDED) run.loops.delete(path);
    throw error;
  } finally {
    beginWork(run, state);
  }
  const output = await joinParts(invocation, { parts: parts.results as ArtifactRef[] });
  run.loops.delete(path);
  const { agent, failed, faults } = parts;
  if (totals.failed > 0 && onItemError === "finish")
    throw itemsFailed({ failed, faults, count: totals.failed, total: totals.total, results: output });
  return { output, attempts: loop.attempts, ...(agent === undefined ? {} : { agent }) };
}

/** How many items each of the parts that run side by side may have under way; together never more than `maxParallel`. */
function splitWidth(maxParallel: number, count: number): number[] {
  const sideBySide = Math.max(1, Math.min(MOST_SIDE_BY_SIDE, count, Math.floor(maxParallel / LEAST_WIDTH)));
  return Array.from(
    { length: sideBySide },
    (_, index) => Math.floor(maxParallel / sideBySide) + (index < maxParallel % sideBySide ? 1 : 0),
  );
}

interface PartToRun {
  readonly parts: LoopParts;
  readonly number: number;
  readonly width: number;
  readonly heard: (news: PartNews) => void;
}

async function runPart(invocation: Invocation, { parts, number, width, heard }: PartToRun): Promise<PartResult> {
  const { run, state, path, title } = invocation;
  const first = number * ITEMS_A_PART;
  const last = Math.min(first + ITEMS_A_PART, parts.items.count) - 1;
  const part = `${path}[${first}..${last}]`;
  const suspended = parts.suspended[number];
  const entry = notePartUndo(invocation, { part, title: `${title} [${first}..${last}]`, common: parts.common });
  const args: PartArguments = {
    ...partArguments(invocation, part),
    common: parts.common,
    work: { items: parts.items.ref, number, first, width, ...(suspended === undefined ? {} : { suspended }) },
  };
  const child = startChild(PART_WORKFLOW, childOptions(args, entry.title));
  const link = linkTo(child);
  const none = { completed: 0, failed: 0 };
  const open: OpenPart = {
    ...link,
    run: childId(part),
    loop: path,
    first,
    last,
    state,
    heard,
    news: { part, ...(parts.counts[number] ?? none), waiting: false, questions: 0, signals: [] },
  };
  run.parts.set(part, open);
  offerVotes(run);
  let end: PartResult | "lost" | "not begun" = "lost";
  let hasBegun = false;
  try {
    const begun = await child;
    hasBegun = true;
    const scope = CancellationScope.current();
    const isOpen = () => run.parts.get(part) === open;
    cancelLatest(run, { id: open.run, scope, isOpen, since: "cancel-parts-by-id" });
    end = (await begun.result()) as PartResult;
    return end;
  } catch (error) {
    // A part that has begun gives back whatever it knows; only force keeps it from that. One that was cancelled in the workflow
    // task in which it was to be sent was never sent; older histories have counted it as lost.
    const isUnsent = !hasBegun && isCancellation(error);
    if (error instanceof CancelledFailure || (isUnsent && patched("unsent-part"))) end = "not begun";
    if (end === "not begun") throw error;
    const why = readFailure(error).error.message;
    throw fail("step/outcome-unknown", `${part} did not tell what its items did: ${why}`);
  } finally {
    run.parts.delete(part);
    if (open.news.waiting) endWaiting(run, state);
    absorbPart(run, entry, end);
  }
}
