import { patched } from "@temporalio/workflow";
import { wake } from "./frames.ts";
import { isHistoryFull } from "./is-history-full.ts";
import type { RunState } from "./run-state.ts";
import { settleStatus } from "./track-status.ts";

/** Histories from before a run that is paused went on in a new one are replayed as they were. */
export const PAUSED_GOES_ON = "paused-run-goes-on";

/** Begins to drain the run once it should go on in a new history. */
export function drainIfDue(run: RunState): void {
  if (!run.draining && isHistoryFull(run)) beginDraining(run);
}

/** From here on nothing begins and waits are set aside, also in the parts of loops. */
function beginDraining(run: RunState): void {
  run.draining = true;
  for (const part of run.parts.values()) part.order("suspend");
  // What a pause holds back is set aside as well. Older histories, in which it was held until the run was resumed, are replayed as they were.
  if (run.paused && patched(PAUSED_GOES_ON)) wake(run);
}

/** Drains a run that cannot see the reason itself. */
export function suspend(run: RunState): void {
  if (run.draining) return;
  beginDraining(run);
  wake(run);
  settleStatus(run);
}
