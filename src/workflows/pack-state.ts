import type { Stored } from "../plan/artifact.ts";
import type { CarriedState, PackedState } from "../plan/carried-state.ts";
import { isPacked, joinState, splitLargeState } from "../plan/state-pieces.ts";
import { callForRun } from "./call-for-run.ts";
import { carryState } from "./carry-state.ts";
import type { RunState } from "./run-state.ts";

/** What the run carries on, by reference where it is large. What comes in meanwhile is carried on too. */
export async function packState(run: RunState): Promise<CarriedState | PackedState> {
  for (let round = 0; ; round += 1) {
    const before = run.changes;
    const state = carryState(run);
    const texts = splitLargeState(state);
    if (texts === undefined) return state;
    const pieces: Stored[] = [];
    // One after the other: together they would be more than the server takes at once.
    for (const [index, text] of texts.entries()) {
      const id = `keep-state-${round}-${index}`;
      const { ref } = await callForRun<{ ref: Stored }>(run, "keep", { value: text }, id);
      pieces.push(ref);
    }
    if (run.changes === before) return { pieces };
  }
}

/** The state that a run was given. */
export async function unpackState(
  run: Pick<RunState, "id" | "projectDir">,
  carried: CarriedState | PackedState,
): Promise<CarriedState> {
  if (!isPacked(carried)) return carried;
  const texts: string[] = [];
  for (const [index, ref] of carried.pieces.entries()) {
    texts.push(await load<string>(run, ref, `load-state-${index}`));
  }
  return joinState(texts);
}

/** What lies in the artifact store and the run itself must know. */
export async function load<T>(run: Pick<RunState, "id" | "projectDir">, ref: Stored, activityId: string): Promise<T> {
  const { value } = await callForRun<{ value: T }>(run, "load", { ref }, activityId);
  return value;
}
