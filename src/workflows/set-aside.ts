import type { Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import type { SetAside } from "../plan/loop-parts.ts";
import { splitText } from "../plan/pieces.ts";
import { type Caller, callForRun } from "./call-for-run.ts";

/** Up to so many characters a value stays in history: an activity would cost more. */
const MAX_INLINE_LENGTH = 1024;

/** Puts a value of any size into the artifact store. `id` names the activities and must not be pending twice. */
export async function setAside(run: Caller, id: string, value: unknown): Promise<SetAside> {
  const text = JSON.stringify(value);
  if (text.length <= MAX_INLINE_LENGTH) return { value: value as JsonValue };
  return { pieces: await keepPieces(run, id, splitText(text)) };
}

/** The inverse of `setAside`. */
export async function takeUp<T>(run: Caller, id: string, kept: SetAside): Promise<T> {
  return "value" in kept ? (kept.value as T) : (JSON.parse(await loadPieces(run, id, kept.pieces)) as T);
}

/** Puts the pieces of a text into the store, one after the other: together they would be more than the server takes at once. */
export async function keepPieces(run: Caller, id: string, texts: readonly string[]): Promise<readonly Stored[]> {
  const pieces: Stored[] = [];
  for (const [index, value] of texts.entries()) {
    const { ref } = await callForRun<{ readonly ref: Stored }>(run, "keep", { value }, `${id}/keep-${index + 1}`);
    pieces.push(ref);
  }
  return pieces;
}

/** The inverse of `keepPieces`. */
export async function loadPieces(run: Caller, id: string, pieces: readonly Stored[]): Promise<string> {
  const texts: string[] = [];
  for (const [index, piece] of pieces.entries()) texts.push(await load<string>(run, piece, `${id}/load-${index + 1}`));
  return texts.join("");
}

/** What lies in the artifact store and the run itself must know. */
export async function load<T>(run: Caller, ref: Stored, activityId: string): Promise<T> {
  const { value } = await callForRun<{ value: T }>(run, "load", { ref }, activityId);
  return value;
}
