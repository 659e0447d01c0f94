import type { Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import type { SetAside } from "../plan/loop-parts.ts";
import { splitText } from "../plan/pieces.ts";
import { callForRun } from "./call-for-run.ts";
import { load } from "./pack-state.ts";
import type { RunState } from "./run-state.ts";

/** Up to so many characters a value stays in history: an activity would cost more. */
const MAX_INLINE_LENGTH = 1024;

/** What of a run is needed to call an activity in its name. */
type Caller = Pick<RunState, "id" | "projectDir">;

/** Puts a value of any size into the artifact store. `id` names the activities and must not be pending twice. */
export async function setAside(run: Caller, id: string, value: unknown): Promise<SetAside> {
  const text = JSON.stringify(value);
  if (text.length <= MAX_INLINE_LENGTH) return { value: value as JsonValue };
  const pieces: Stored[] = [];
  // One after the other: together they would be more than the server takes at once.
  for (const [index, piece] of splitText(text).entries()) {
    const kept = await callForRun<{ readonly ref: Stored }>(run, "keep", { value: piece }, `${id}/keep-${index + 1}`);
    pieces.push(kept.ref);
  }
  return { pieces };
}

/** The inverse of `setAside`. */
export async function takeUp<T>(run: Caller, id: string, kept: SetAside): Promise<T> {
  if ("value" in kept) return kept.value as T;
  const texts: string[] = [];
  for (const [index, piece] of kept.pieces.entries())
    texts.push(await load<string>(run, piece, `${id}/load-${index + 1}`));
  return JSON.parse(texts.join("")) as T;
}
