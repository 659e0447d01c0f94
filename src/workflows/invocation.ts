import type { Stored } from "../plan/artifact.ts";
import type { JsonObject } from "../plan/json.ts";
import type { Step } from "../plan/step.ts";
import type { RunState, StepState } from "./run-state.ts";

/** One run of one step: of the step itself, or of one item of its for-each. */
export interface Invocation<S extends Step = Step> {
  readonly run: RunState;
  readonly step: S;
  readonly state: StepState;
  /** Unique among all that can be pending: the step path, with `[index]` in a for-each. */
  readonly path: string;
  readonly title: string;
  readonly index?: number;
  readonly item?: Stored;
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
}

/** What expressions of an invocation see. */
export function scopeOfInvocation({ run, step, index, item }: Invocation): JsonObject {
  const scope: Record<string, unknown> = {
    inputs: run.inputs,
    steps: run.stepScope,
    env: run.env,
    run: { id: run.id, workflow: run.plan.name, started_at: new Date(run.startedAtMs).toISOString() },
  };
  if (index !== undefined) {
    scope["index"] = index;
    scope["item"] = item;
    if (step.forEach?.as !== undefined) scope[step.forEach.as] = item;
  }
  return scope as JsonObject;
}
