import type { GuardMemory, Guards } from "../../plan/agent-loop.ts";

/** A cycle of more turns than this is not looked for; the other guard sees it. */
const LONGEST_CYCLE = 6;
/** So many results are remembered. */
const MOST_SEEN = 500;

/** One call of a turn and what came of it. */
export interface WatchedCall {
  /** `server.operation`. */
  readonly name: string;
  /** Arguments and result, as JSON. */
  readonly asked: string;
  readonly result: string;
  readonly isError: boolean;
}

/** What a guard says of a turn: the agent is told the first time, the step ends the second time. */
export interface Verdict {
  readonly code: "agent/looping" | "agent/no-progress";
  readonly message: string;
  readonly isFinal: boolean;
}

/** What a loop begins with. */
export function freshMemory(): GuardMemory {
  return { turns: [], seen: [], idle: 0, told: [] };
}

/** Looks at a turn whose calls have ended, and remembers it. Turns that only poll count neither way. */
export function watchTurn(guards: Guards, memory: GuardMemory, calls: readonly WatchedCall[]): Verdict | undefined {
  const watched = calls.filter(({ name }) => !isPolling(guards, name));
  if (watched.length === 0) return undefined;
  const marks = watched.map(({ name, asked, result }) => markOf(`${name}\n${asked}\n${result}`));
  const isNew = watched.some(({ isError }, index) => !isError && !memory.seen.includes(marks[index] as number));
  memory.seen = [...new Set([...memory.seen, ...marks])].slice(-MOST_SEEN);
  memory.idle = isNew ? 0 : memory.idle + 1;
  memory.turns = [...memory.turns, markOf(marks.join())].slice(-Math.max(guards.identicalCalls, 1) * LONGEST_CYCLE);
  const names = [...new Set(watched.map(({ name }) => name))].join(", ");

  const cycle = guards.identicalCalls === 0 ? undefined : findCycle(memory.turns, guards.identicalCalls);
  if (cycle !== undefined) {
    memory.turns = [];
    const how = cycle === 1 ? "" : ` in a cycle of ${cycle} turns`;
    const what = `${names} was called${how} ${guards.identicalCalls} times with the same arguments and the same results`;
    return verdict(memory, "agent/looping", what);
  }
  if (guards.noProgress === 0 || memory.idle < guards.noProgress) return undefined;
  memory.idle = 0;
  const what = `the last ${guards.noProgress} turns brought nothing new: only errors, and results that were known already`;
  return verdict(memory, "agent/no-progress", what);
}

function verdict(memory: GuardMemory, code: Verdict["code"], message: string): Verdict {
  const isFinal = memory.told.includes(code);
  memory.told = [...new Set([...memory.told, code])];
  return { code, message, isFinal };
}

/** The shortest cycle, in turns, that the last turns have gone through so many times. */
function findCycle(turns: readonly number[], times: number): number | undefined {
  for (let length = 1; length <= LONGEST_CYCLE && length * times <= turns.length; length += 1) {
    const last = turns.slice(-length * times);
    if (last.every((mark, index) => mark === last[index % length])) return length;
  }
  return undefined;
}

function isPolling({ polling }: Guards, name: string): boolean {
  return polling.includes(name) || polling.includes(`${name.split(".", 1)[0]}.*`);
}

/** A number of 52 bits that stands for a text: FNV-1a over its two halves. */
function markOf(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b) + index;
  }
  return (high >>> 12) * 2 ** 32 + (low >>> 0);
}
