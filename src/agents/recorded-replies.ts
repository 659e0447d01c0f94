import { parse } from "yaml";
import { isJsonObject, type JsonValue } from "../plan/json.ts";
import { StepFailure } from "../plan/step-failure.ts";

/** A file of recorded replies: step path or id to the list of its replies. */
export type Replies = { readonly [step: string]: readonly JsonValue[] };

/** Reads a file of replies. Throws `StepFailure` `agent/bad-replies`. */
export function parseReplies(text: string): Replies {
  let value: unknown;
  try {
    value = parse(text, { version: "1.2", maxAliasCount: 0 });
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error));
  }
  if (!isJsonObject(value)) throw bad("it must be a map of step ids to lists of replies");
  const lists: Record<string, readonly JsonValue[]> = {};
  for (const [step, replies] of Object.entries(value)) {
    if (!Array.isArray(replies)) throw bad(`${step} must have a list of replies`);
    lists[step] = replies as readonly JsonValue[];
  }
  return lists;
}

/** The replies of one step; of one item where the step loops: a nested list is one item's several replies. */
export function repliesFor(
  replies: Replies,
  place: { readonly stepId: string; readonly itemIndex: number | undefined },
): readonly JsonValue[] {
  const list = replies[place.stepId] ?? [];
  if (place.itemIndex === undefined) return list;
  const own = list[place.itemIndex];
  if (own === undefined) return [];
  return Array.isArray(own) ? (own as readonly JsonValue[]) : [own];
}

/** The first reply that nobody asked for. `used` counts by step path with item index; only `ended` steps count. */
export function findLeftOver(
  replies: Replies,
  used: { readonly [path: string]: number },
  ended: readonly string[],
): { readonly step: string; readonly index: number } | undefined {
  const asked = Object.keys(replies).filter((key) => ended.includes(key.split("/", 1)[0] as string));
  for (const step of new Set([...ended, ...asked])) {
    const list = replies[step];
    if (list === undefined) continue;
    const loops = Object.keys(used).some((path) => path.startsWith(`${step}[`));
    if (!loops) {
      const count = used[step] ?? 0;
      if (count < list.length) return { step, index: count };
      continue;
    }
    for (const [index, own] of list.entries()) {
      const size = Array.isArray(own) ? own.length : 1;
      if ((used[`${step}[${index}]`] ?? 0) < size) return { step, index };
    }
  }
  return undefined;
}

function bad(why: string): StepFailure {
  return new StepFailure("agent/bad-replies", `the file of recorded replies cannot be used: ${why}`);
}
