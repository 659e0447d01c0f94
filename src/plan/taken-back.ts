import type { CarriedState, UndoEntry } from "./carried-state.ts";

/** What of a run is taken back, or was to be: its effects, or some of them, are gone, and its results stand for nothing. */
export function listTakenBack({ undoLog }: Pick<CarriedState, "undoLog">): readonly UndoEntry[] {
  return undoLog.filter(({ undone }) => undone !== undefined);
}
