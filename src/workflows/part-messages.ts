import type { ArtifactRef } from "../plan/artifact.ts";
import type { CarriedState, CarriedStep, ChildEnd, EarlyVote, PackedState, StepScope } from "../plan/carried-state.ts";
import type { FoldedPlan } from "../plan/fold-plan.ts";
import type { JsonObject } from "../plan/json.ts";
import type { ItemCounts, ItemFaults, SetAside } from "../plan/loop-parts.ts";
import type { Plan } from "../plan/plan.ts";
import type { Pins } from "../plan/pins.ts";
import type { FailoverEvent, RouteReport } from "../plan/route.ts";
import type { ApprovalReport, Unfinished, Usage } from "../plan/report.ts";
import type { Failed } from "./failure-info.ts";
import type { RunState } from "./run-state.ts";

/** Signal to a part: what it shall do. */
export const PART_ORDER = "aiworkflow-part-order";
/** Signal of a part to its run: how it stands. */
export const PART_NEWS = "aiworkflow-part-news";

/** `halt`: nothing more begins, waits are given up. `suspend`: nothing more begins, waits are set aside. */
export type PartOrder = "pause" | "resume" | "halt" | "suspend";

/** How a part stands. */
export interface PartNews extends ItemCounts {
  /** The part's path, such as `each[200..399]`. */
  readonly part: string;
  /** Only people, timers or signals can move it. */
  readonly waiting: boolean;
  /** Child runs of its items may be under way; parts of older engines do not tell. */
  readonly children?: boolean;
  /** Open questions in it. */
  readonly questions: number;
  /** Names of the signals that it waits for, one for each wait. */
  readonly signals: readonly string[];
}

/** What all parts of a loop are given alike. */
export interface PartCommon {
  /** The loop's step and what it uses. */
  readonly plan: Plan | FoldedPlan;
  /** Path of the loop, and what its invocation has. */
  readonly path: string;
  readonly title: string;
  readonly index: number | null;
  readonly prefix: string;
  readonly itemIndex: number | null;
  readonly inLoop: boolean;
  readonly names: JsonObject;
  /** Inputs and earlier steps, as far as the step's expressions name them. */
  readonly inputs: JsonObject;
  readonly steps: Record<string, StepScope>;
}

/** The one argument of a part. */
export interface PartArguments {
  readonly engine: number;
  readonly projectDir: string;
  /** The run in whose name the part acts. */
  readonly run: Pick<RunState, "id" | "keyId" | "startedAtMs" | "above">;
  /** Agents that failed in the run so far, and until when they are asked last. */
  readonly restingUntil?: CarriedState["restingUntil"];
  /** What tool servers have said to the run so far. */
  readonly pins?: Pins;
  readonly part: string;
  readonly common: SetAside;
  readonly work: PartItems | PartUndoing;
}

/** Runs items. */
export interface PartItems {
  readonly items: ArtifactRef;
  readonly number: number;
  /** Index of the first item in the whole loop. */
  readonly first: number;
  /** How many may be under way at once. */
  readonly width: number;
  /** Where an earlier child run of this part was suspended. */
  readonly suspended?: SetAside;
  /** Where an earlier history of this child run ended. */
  readonly carried?: CarriedState | PackedState;
}

/** Takes back what a part has done. */
export interface PartUndoing {
  readonly undo: SetAside;
}

/** What a part leaves. A part whose items fail has done its own work well. */
export interface PartResult {
  /** Set where a failure ends the loop. */
  readonly failure?: Failed;
  /** Set where the part is to go on in another child run. */
  readonly suspended?: SetAside;
  /** Where the list of its results lies; set where it has ended. */
  readonly results?: ArtifactRef;
  readonly counts: ItemCounts;
  /** Indexes of failed items, in the whole loop. */
  readonly failed: readonly number[];
  /** Set where items have failed. */
  readonly faults?: ItemFaults;
  readonly attempts: number;
  readonly agent?: string;
  /** What the looped step itself has used; the steps in it have theirs in `steps`. */
  readonly stepUsage?: Usage;
  /** Of the looped step itself, as `stepUsage`. */
  readonly stepRoute?: RouteReport;
  readonly failovers?: FailoverEvent[];
  /** Agents that failed in the part. */
  readonly restingUntil?: CarriedState["restingUntil"];
  readonly undoLog?: SetAside;
  readonly undoableSteps: readonly string[];
  /** The steps inside the loop, summed up. */
  readonly steps: readonly CarriedStep[];
  /** What child runs of items have left for people. */
  readonly childEnds: readonly ChildEnd[];
  readonly usage: Usage;
  readonly repliesUsed: RunState["repliesUsed"];
  readonly pins?: Pins;
  readonly notices: readonly string[];
  readonly closedApprovals: readonly ApprovalReport[];
  readonly earlyVotes: readonly EarlyVote[];
  readonly signals: RunState["signals"];
}

/** What is left of a part that was taken back. */
export interface PartUndone {
  readonly failures: readonly Unfinished[];
}
