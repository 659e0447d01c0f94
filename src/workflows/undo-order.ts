import { patched } from "@temporalio/workflow";
import type { UndoEntry } from "../plan/carried-state.ts";

/** Says which undos may begin. What is asked of it costs about as much as it answers: a log may have thousands of entries. */
export interface UndoOrder {
  /** Those that wait for no other one, in the order of the log. */
  readonly first: readonly UndoEntry[];
  /** Notes the end of an undo; gives those that waited for it and for no other one any more, in the order of the log. */
  end(entry: UndoEntry): readonly UndoEntry[];
}

/** What began after an entry's step had ended, or lies inside of it, is undone before it. */
export function orderUndos(entries: readonly UndoEntry[]): UndoOrder {
  const around = findAround(entries);
  mendBeginnings(entries, around);
  const place = new Map(entries.map((entry, at) => [entry, at]));
  const inLog = (one: UndoEntry, other: UndoEntry) => (place.get(one) as number) - (place.get(other) as number);
  /** How many inside of it are not undone; one more where something later is not. */
  const open = new Map(entries.map((entry) => [entry, 1]));
  for (const blocks of around.values()) for (const block of blocks) open.set(block, (open.get(block) as number) + 1);
  /** True where it waits for nothing any more. */
  const release = (entry: UndoEntry) => {
    const left = (open.get(entry) as number) - 1;
    open.set(entry, left);
    return left === 0;
  };

  const latest = entries.toSorted((one, other) => other.from - one.from);
  const ended = new Set<UndoEntry>();
  const endOf = ({ to }: UndoEntry) => to ?? Number.MAX_SAFE_INTEGER;
  const byEnd = entries.toSorted((one, other) => endOf(other) - endOf(one));
  let at = 0;
  let next = 0;
  /** Those after which nothing is left that began later. */
  const pass = (): UndoEntry[] => {
    while (at < latest.length && ended.has(latest[at] as UndoEntry)) at += 1;
    const newest = latest[at]?.from ?? -Infinity;
    const begin = next;
    while (next < byEnd.length && endOf(byEnd[next] as UndoEntry) >= newest) next += 1;
    return byEnd.slice(begin, next).filter(release);
  };
  return {
    first: pass().toSorted(inLog),
    end(entry) {
      ended.add(entry);
      const inside = (around.get(entry) ?? []).filter(release);
      return [...inside, ...pass()].toSorted(inLog);
    },
  };
}

/** The entries inside of which each lies. */
function findAround(entries: readonly UndoEntry[]): ReadonlyMap<UndoEntry, readonly UndoEntry[]> {
  const byPath = Map.groupBy(entries, ({ path }) => path);
  const aroundOf = ({ path }: UndoEntry) =>
    [...path.matchAll(/[.[]/g)].flatMap(({ index }) => byPath.get(path.slice(0, index)) ?? []);
  return new Map(entries.map((entry) => [entry, aroundOf(entry)]));
}

/**
 * A block began before what lies inside of it. Earlier versions noted one anew where it went on in a new history: it would wait for
 * its steps, and they for it. Histories in which they do are replayed as they were.
 */
function mendBeginnings(entries: readonly UndoEntry[], around: ReadonlyMap<UndoEntry, readonly UndoEntry[]>): void {
  const inside = new Map<UndoEntry, UndoEntry[]>();
  for (const [entry, blocks] of around) {
    for (const block of blocks) {
      const list = inside.get(block) ?? [];
      list.push(entry);
      inside.set(block, list);
    }
  }
  for (const block of entries) {
    const earlier = inside.get(block)?.filter(({ from }) => from < block.from) ?? [];
    if (earlier.length > 0 && patched("blocks-begin-first"))
      block.from = earlier.reduce((earliest, { from }) => Math.min(earliest, from), block.from);
  }
}
