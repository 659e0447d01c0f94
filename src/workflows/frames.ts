import { CancellationScope, patched } from "@temporalio/workflow";
import type { JsonObject } from "../plan/json.ts";
import type { CarriedState, LoopState, StepScope } from "../plan/carried-state.ts";
import type { Frame, RunState } from "./run-state.ts";

/** A block that begins. */
export interface NewFrame {
  readonly prefix: string;
  readonly parent: Frame | undefined;
  readonly scope: Record<string, StepScope>;
  readonly names: JsonObject;
  readonly inLoop: boolean;
  readonly isTolerant?: boolean;
  readonly itemIndex?: number | undefined;
}

/** Opens a block; what an earlier part of the run has done of it counts as done. */
export function openFrame(
  run: { readonly frames: Map<string, Frame>; readonly carried: CarriedState | undefined },
  { itemIndex, isTolerant = false, ...shape }: NewFrame,
): Frame {
  const before = run.carried?.frames.find(({ prefix }) => prefix === shape.prefix);
  const frame: Frame = {
    ...shape,
    itemIndex,
    isTolerant,
    ended: new Map(before?.ended),
    handling: new Map(before?.handling),
    halted: before?.halted ?? false,
    error: before?.error ?? null,
  };
  for (const [id, ended] of frame.ended) frame.scope[id] = ended;
  run.frames.set(frame.prefix, frame);
  return frame;
}

/** Opens a loop, where an earlier part of the run has left it, or as `fresh`. */
export function openLoop(run: RunState, path: string, fresh: () => LoopState): LoopState {
  const before = run.carried?.loops.find(([known]) => known === path)?.[1];
  const loop = before === undefined ? fresh() : { ...before };
  run.loops.set(path, loop);
  return loop;
}

/** Resolves when whatever was held back is run again. */
export function awoken(run: RunState): Promise<void> {
  return new Promise((resolve) => {
    const pump = () => {
      run.pumps.delete(pump);
      resolve();
    };
    run.pumps.add(pump);
  });
}

/**
 * Has `pump` called whenever whatever was held back is run again, until the function it gives is called. What begins then is cancelled
 * with what begins now: whoever wakes the run stands in a scope of his own. Histories from before that are replayed as they were.
 */
export function onAwoken(run: RunState, pump: () => void): () => void {
  const scope = CancellationScope.current();
  const again = () => {
    if (scope === CancellationScope.current() || !patched("awoken-in-scope")) return pump();
    scope.run(async () => pump()).catch(run.crash);
  };
  run.pumps.add(again);
  return () => run.pumps.delete(again);
}

/** Runs again whatever was held back. */
export function wake(run: RunState): void {
  const pumps = [...run.pumps];
  for (const pump of pumps) pump();
}
