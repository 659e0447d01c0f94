import { expect, test } from "vitest";
import type { UndoEntry } from "../../src/plan/carried-state.ts";
import { orderUndos } from "../../src/workflows/undo-order.ts";

/** What waits for what, said as simply as can be. */
function waitsFor({ to, path }: UndoEntry, other: UndoEntry): boolean {
  return (to !== null && to < other.from) || other.path.startsWith(`${path}.`) || other.path.startsWith(`${path}[`);
}

/** Numbers that look like chance, and are the same at every run. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
}

/** A log of blocks with steps in them, side by side and one after the other. */
function logOf(count: number, below: (most: number) => number): UndoEntry[] {
  const entries: UndoEntry[] = [];
  const open: UndoEntry[] = [];
  let clock = 0;
  for (let at = 0; at < count; at += 1) {
    while (open.length > 0 && below(3) === 0) {
      const [entry] = open.splice(below(open.length), 1) as [UndoEntry];
      const isAround = open.some(({ path }) => path.startsWith(entry.path));
      if (isAround) open.push(entry);
      else entry.to = clock += 1;
      if (isAround) break;
    }
    const around = below(2) === 0 ? open[below(open.length + 1)] : undefined;
    const path = around === undefined ? `s${at}` : `${around.path}${below(2) === 0 ? `[${at}]` : `.s${at}`}`;
    const own = { path, stepId: path, title: path, steps: {}, names: {}, output: null };
    const entry: UndoEntry = { ...own, from: (clock += 1), to: null, outcome: "completed", undone: undefined };
    entries.push(entry);
    open.push(entry);
  }
  return entries;
}

test("an undo begins once all that it waits for have ended, and at once then", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const below = numbersFrom(seed);
    const entries = logOf(1 + below(30), below);
    const order = orderUndos(entries);
    const left = new Set(entries);
    const begun = new Set(order.first);
    const free = () => entries.filter((entry) => left.has(entry) && ![...left].some((other) => waitsFor(entry, other)));
    while (left.size > 0) {
      const running = entries.filter((entry) => begun.has(entry) && left.has(entry));
      expect(running).toEqual(free());
      const entry = running[below(running.length)] as UndoEntry;
      left.delete(entry);
      const next = order.end(entry);
      expect(next).toEqual(entries.filter((one) => next.includes(one)));
      for (const one of next) begun.add(one);
    }
  }
});

test("a log of many entries takes no longer than its length", () => {
  const entries = Array.from({ length: 50_000 }, (_, at): UndoEntry => {
    const path = `each[${at}]`;
    const own = { path, stepId: "each", title: path, steps: {}, names: {}, output: null };
    return { ...own, from: 2 * at + 1, to: 2 * at + 2, outcome: "completed", undone: undefined };
  });
  const beganMs = performance.now();
  const order = orderUndos(entries);
  let [entry] = order.first;
  let count = 0;
  for (; entry !== undefined; count += 1) [entry] = order.end(entry);
  expect(count).toBe(entries.length);
  // Pair by pair it would be 2,500,000,000 comparisons.
  expect(performance.now() - beganMs).toBeLessThan(5000);
});
