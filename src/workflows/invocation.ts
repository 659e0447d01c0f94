import type { Stored } from "../plan/artifact.ts";
import type { UndoEntry } from "../plan/carried-state.ts";
import type { JsonObject } from "../plan/json.ts";
import type { Step } from "../plan/step.ts";
import type { Frame, RunState, StepState } from "./run-state.ts";

/** One run of one step: of the step itself, of one item of its for-each, of one round of its repeat. */
export interface Invocation<S extends Step = Step> {
  readonly run: RunState;
  readonly frame: Frame;
  readonly step: S;
  readonly state: StepState;
  /** Unique among all that can be pending: prefix of the block and id, with `[index]` in loops. */
  readonly path: string;
  readonly title: string;
  /** Index of the item, of the step's own for-each or of the nearest one around it. */
  readonly index: number | undefined;
  /** What loops give to expressions. */
  readonly names: JsonObject;
  /** Which run of its action it is, where that runs again because a result does not hold. @default 1 */
  readonly attempt?: number;
  /** The step has ended and is taken back now. */
  readonly isUndo?: boolean;
}

/** What a step that ended well leaves. */
export interface Outcome {
  readonly output: Stored;
  readonly attempts: number;
  readonly agent?: string;
}

/** How the interpreter runs one kind of step. A plain result means that nothing had to be waited for. */
export interface StepKind<S extends Step> {
  run(invocation: Invocation<S>): Outcome | Promise<Outcome>;
  /** A kind that can take back what a step did that has no undo of its own. */
  readonly ownUndo?: {
    /** The child run that holds what is to be taken back; undefined where there is nothing of the kind. */
    childRunOf(invocation: Invocation<S>): string | undefined;
    /** False where it turned out that there was nothing to be taken back. */
    run(invocation: Invocation<S>, entry: UndoEntry): Promise<boolean>;
  };
}

/** What expressions of an invocation see, or of a block. */
export function scopeOfInvocation({ run, frame, names }: Pick<Invocation, "run" | "frame" | "names">): JsonObject {
  return {
    inputs: run.inputs,
    steps: frame.scope,
    env: run.env,
    run: run.about,
    ...names,
  } as unknown as JsonObject;
}
