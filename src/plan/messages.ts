import type { Charge } from "./budget.ts";
import type { PackedPlan } from "./fold-plan.ts";
import type { JsonObject } from "./json.ts";
import type { Piece } from "./pieces.ts";
import type { RunReport, RunStatus, Unfinished, Usage } from "./report.ts";

/** The interpreter's version; it stands in the start arguments, so a run stays with the engine it began on. */
export const ENGINE = 1;

/** The task queue of every worker unless the configuration names another. */
export const TASK_QUEUE = "aiworkflow";

/** The one argument of every run. */
export interface StartArguments {
  readonly engine: number;
  readonly plan: PackedPlan;
  /** Given values only; defaults come from the plan. */
  readonly inputs: JsonObject;
  /** Absolute folder in which scripts run; a worker that has no such folder uses its own project. */
  readonly projectDir: string;
  /** This run takes back what another one has done, and does nothing else. */
  readonly rollback?: RollbackRequest;
  /** The run that has started this one as a child of its own. */
  readonly parent?: ParentRun;
}

/** Whose child a run is. */
export interface ParentRun {
  readonly run: string;
  /** The parent is paused: the child begins so. */
  readonly paused: boolean;
  /** To whom the child is charged beside itself. */
  readonly charge?: Pick<Charge, "root" | "accounts" | "budgets">;
}

/** Which run is taken back, and how far. */
export interface RollbackRequest {
  readonly of: string;
  /** A savepoint or step: only what was done from there on. */
  readonly to?: string;
}

/** Update: a person's answer. Its validator refuses strangers, repeats and late votes. */
export const DECIDE = "decide";
/** Query: the run report, or a part of one that is too large for one answer. */
export const REPORT = "report";
/** Plain signals for `temporal workflow signal`; their argument is `{step?, by?, comment?}`. */
export const APPROVE = "approve";
export const REJECT = "reject";
/** Plain signal `{form, step?, by?, comment?}`: the answer to a form. */
export const ANSWER = "answer";
/** Update: what an operator wants of the run. */
export const CONTROL = "control";
/** Query: what a rollback or a fork of the run needs to know; its argument is the number of the piece, from 0. */
export const STATE = "state";

/** Signal from a child to its parent, see `ChildNews`. */
export const CHILD_NEWS = "aiworkflow-child";
/** Signal from a parent to its child: `pause` or `resume`. */
export const PARENT_WISH = "aiworkflow-parent";

/** What a child tells of itself: when it begins or ceases to be idle, and at its end where there is something to tell. */
export interface ChildNews {
  readonly run: string;
  readonly status: RunStatus;
  readonly usage: Usage;
  readonly unfinished: readonly Unfinished[];
}

/** Answer of the query `report`: the whole, or where it is too large for one answer the piece that was asked for. */
export type ReportAnswer = RunReport | Piece;

/** Argument of the Update `control`. */
export interface Control {
  readonly action: "pause" | "resume" | "skip";
  /** With `skip`: the step path. */
  readonly step?: string;
  readonly by?: string;
}

/** Answer of the Update `control`. */
export interface ControlResult {
  readonly run: string;
  readonly status: string;
}

/** Argument of the Update `decide`. */
export interface Decision {
  /** May be left out while only one question waits. */
  readonly step?: string;
  readonly decision: "approve" | "reject" | "answer";
  readonly by?: string;
  readonly comment?: string;
  /** With `answer`: the form, filled in. */
  readonly form?: JsonObject;
}

/** Answer of the Update `decide`. `settled`: the question has its answer. */
export interface DecisionResult {
  readonly run: string;
  readonly step: string;
  readonly decision: Decision["decision"];
  readonly settled: boolean;
}

/** Type of the workflow that runs a part of a long for-each. */
export const PART_WORKFLOW = "aiworkflow_part";

/** Type of the workflow that keeps the order of a concurrency group. */
export const CONCURRENCY_WORKFLOW = "aiworkflow_concurrency_group";
/** Signals between a run and its group: a wish for a place, its grant, its end. */
export const PLACE_WANTED = "wanted";
/** See `PLACE_WANTED`. */
export const PLACE_GRANTED = "place-granted";
/** See `PLACE_WANTED`. */
export const PLACE_RELEASED = "released";

/** Query of the keeper of a concurrency group: the run that has the place, or null. */
export const PLACE_HOLDER = "holder";

/** Signal to a run that was begun again at one of its steps: limits of time that had begun before begin anew. */
export const BEGUN_AGAIN = "aiworkflow-begun-again";

/** With these words begins the reason with which a rerun ends an execution, before it begins the next one. */
export const RUNS_AGAIN = "runs again from";

/** Argument of the signal `wanted`. */
export interface PlaceRequest {
  readonly run: string;
  /** Temporal's id of the first execution of the run: it stays when the run continues as new. */
  readonly runId: string;
  /** Cancels the run that holds the place, and forgets those that wait. */
  readonly cancelInProgress: boolean;
}

/** Workflow id of a group's keeper. */
export function placeId(group: string): string {
  return `concurrency-group/${group}`;
}
