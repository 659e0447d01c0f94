import { wake } from "./frames.ts";
import { isHistoryFull } from "./is-history-full.ts";
import type { RunState } from "./run-state.ts";
import { settleStatus } from "./track-status.ts";

/** Begins to drain the run once it should go on in a new history. */
export function drainIfDue(run: RunState): void {
  if (!run.draining && isHistoryFull(run)) beginDraining(run);
}

/** From here on nothing begins and waits are set aside, also in the parts of loops. */
function beginDraining(run: RunState): void {
  run.draining = true;
  for (const part of run.parts.values()) part.order("suspend");
}

/** Drains a run that cannot see the reason itself. */
export function suspend(run: RunState): void {
  if (run.draining) return;
  beginDraining(run);
  wake(run);
  settleStatus(run);
}
