import type { ArtifactRef } from "./artifact.ts";
import type { JsonObject } from "./json.ts";
import type { Plan } from "./plan.ts";

/** The interpreter's version; it stands in the start arguments, so a run stays with the engine it began on. */
export const ENGINE = 1;

/** The task queue of every worker unless the configuration names another. */
export const TASK_QUEUE = "aiworkflow";

/** The one argument of every run. */
export interface StartArguments {
  readonly engine: number;
  readonly plan: Plan | ArtifactRef;
  /** Given values only; defaults come from the plan. */
  readonly inputs: JsonObject;
  /** Absolute folder in which scripts run; a worker that has no such folder uses its own project. */
  readonly projectDir: string;
}

/** Update: a person's answer. Its validator refuses strangers, repeats and late votes. */
export const DECIDE = "decide";
/** Query: the run report. */
export const REPORT = "report";
/** Plain signals for `temporal workflow signal`; their argument is `{step?, by?, comment?}`. */
export const APPROVE = "approve";
export const REJECT = "reject";

/** Argument of the Update `decide`. */
export interface Decision {
  /** May be left out while only one question waits. */
  readonly step?: string;
  readonly decision: "approve" | "reject";
  readonly by?: string;
  readonly comment?: string;
}

/** Answer of the Update `decide`. `settled`: the question has its answer. */
export interface DecisionResult {
  readonly run: string;
  readonly step: string;
  readonly decision: "approve" | "reject";
  readonly settled: boolean;
}
