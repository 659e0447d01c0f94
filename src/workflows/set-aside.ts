import type { Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import type { SetAside } from "../plan/loop-parts.ts";
import { callForRun } from "./call-for-run.ts";
import type { RunState } from "./run-state.ts";

/** Up to so many characters a value stays in history: an activity would cost more. */
const MAX_INLINE_LENGTH = 1024;
/** Characters of JSON text in one payload; the server takes 2 MB, and a character can have three bytes. */
const PIECE_LENGTH = 500_000;

/** What of a run is needed to call an activity in its name. */
type Caller = Pick<RunState, "id" | "projectDir">;

/** Puts a value of any size into the artifact store. `id` names the activities and must not be pending twice. */
export async function setAside(run: Caller, id: string, value: unknown): Promise<SetAside> {
  const text = JSON.stringify(value);
  if (text.length <= MAX_INLINE_LENGTH) return { value: value as JsonValue };
  const pieces: Promise<{ readonly value: Stored }>[] = [];
  for (let from = 0; from < text.length; from += PIECE_LENGTH) {
    const piece = text.slice(from, from + PIECE_LENGTH);
    pieces.push(callForRun(run, "keep-value", { value: piece }, `${id}/keep-${pieces.length + 1}`));
  }
  return { pieces: (await Promise.all(pieces)).map((kept) => kept.value) };
}

/** The inverse of `setAside`. */
export async function takeUp<T>(run: Caller, id: string, kept: SetAside): Promise<T> {
  if ("value" in kept) return kept.value as T;
  const pieces = kept.pieces.map((value, index) =>
    callForRun<{ readonly value: string }>(run, "load-value", { value }, `${id}/load-${index + 1}`),
  );
  return JSON.parse((await Promise.all(pieces)).map(({ value }) => value).join("")) as T;
}
