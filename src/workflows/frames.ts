import { CancellationScope, patched } from "@temporalio/workflow";
import type { JsonObject } from "../plan/json.ts";
import type { LoopState, StepScope } from "../plan/carried-state.ts";
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
  run: Pick<RunState, "frames" | "unopened" | "carried">,
  { itemIndex, isTolerant = false, ...shape }: NewFrame,
): Frame {
  const before = takeUnopened(run.unopened.frames, shape.prefix, () =>
    run.carried?.frames.find(({ prefix }) => prefix === shape.prefix),
  );
  const frame: Frame = {
    ...shape,
    itemIndex,
    isTolerant,
    ended: new Map(before?.ended),
    inner: new Map(before?.inner),
    handling: new Map(before?.handling),
    halted: before?.halted ?? false,
    error: before?.error ?? null,
  };
  for (const [id, ended] of [...frame.inner, ...frame.ended]) frame.scope[id] = ended;
  run.frames.set(frame.prefix, frame);
  return frame;
}

/** Closes a block that has ended: what can be named from outside goes to the block around it. */
export function closeFrame({ frames, unopened }: RunState, { prefix, parent, scope, inner, ended }: Frame): void {
  frames.delete(prefix);
  for (const left of [unopened.frames, unopened.loops])
    for (const place of left.keys()) if (place.startsWith(prefix)) left.delete(place);
  // Outside of loops the states of steps tell.
  if (parent?.inLoop !== true || scope !== parent.scope) return;
  for (const [id, end] of [...inner, ...ended]) parent.inner.set(id, end);
}

/** Opens a loop, where an earlier part of the run has left it, or as `fresh`. */
export function openLoop(run: RunState, path: string, fresh: () => LoopState): LoopState {
  const before = takeUnopened(
    run.unopened.loops,
    path,
    () => run.carried?.loops.find(([known]) => known === path)?.[1],
  );
  const loop = before === undefined ? fresh() : { ...before };
  run.loops.set(path, loop);
  return loop;
}

/**
 * What an earlier part of the run has left of a block or a loop. It is opened once: a second attempt begins afresh. Older histories,
 * in which it began with that, too, are replayed as they were.
 */
function takeUnopened<T>(unopened: Map<string, T>, place: string, findCarried: () => T | undefined): T | undefined {
  const left = unopened.get(place) ?? findCarried();
  return unopened.delete(place) || (left !== undefined && !patched("attempts-begin-afresh")) ? left : undefined;
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

/** Histories from before the end of a block was told to what a pause held back in it are replayed as they were. */
export const HALT_ENDS_HOLD = "halt-ends-hold";

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
