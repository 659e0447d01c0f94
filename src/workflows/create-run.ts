import { patched, workflowInfo } from "@temporalio/workflow";
import { ExpressionError } from "../expressions/expression-error.ts";
import { isRendered, renderEnv, writtenEnv } from "../expressions/render-env.ts";
import type { OpenQuestion } from "../plan/carried-state.ts";
import type { JsonObject } from "../plan/json.ts";
import { listSteps } from "../plan/list-steps.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../plan/step.ts";
import { NO_USAGE } from "../plan/usage.ts";
import { beginScope } from "./begin-scope.ts";
import { fail } from "./failure-info.ts";
import { type NewFrame, openFrame } from "./frames.ts";
import type { OpenedRun, RunArguments } from "./open-run.ts";
import type { PartArguments } from "./part-messages.ts";
import type { ApprovalState, RunState, StepState } from "./run-state.ts";

/** What a part of a loop has instead of its own: the run in whose name it acts, and the place of its outermost block. */
export interface PartOfRun {
  readonly run: PartArguments["run"];
  readonly root: Partial<NewFrame>;
}

/** The state of a run that begins, or goes on after continue-as-new. */
export function createRun({ plan, inputs, carried }: OpenedRun, args: RunArguments, part?: PartOfRun): RunState {
  const steps = new Map(listSteps(plan).map((step) => [step.id, pendingState(step)]));
  for (const { id, ...begun } of carried?.steps ?? []) {
    const state = steps.get(id);
    if (state !== undefined) Object.assign(state, begun);
  }
  const frames: RunState["frames"] = new Map();
  const unopened: RunState["unopened"] = {
    frames: new Map(carried?.frames.map((frame) => [frame.prefix, frame])),
    loops: new Map(carried?.loops),
  };
  const scope = { ...beginScope(plan, carried), ...part?.root.scope };
  const shape = { prefix: "", parent: undefined, names: {}, inLoop: false, ...part?.root, scope };
  const { workflowId } = workflowInfo();
  const own = {
    id: workflowId,
    keyId: args.rollback?.of ?? workflowId,
    above: args.parent?.charge,
    startedAtMs: carried?.startedAtMs ?? Date.now(),
    ...part?.run,
  };
  const about = { id: own.id, workflow: plan.name, started_at: new Date(own.startedAtMs).toISOString() };
  // What takes back another run is not held up by what held that up, and uses tokens of its own.
  const isRollback = args.rollback !== undefined;
  const paused = !isRollback && (carried?.paused ?? args.parent?.paused ?? false);
  return {
    ...own,
    plan,
    projectDir: args.projectDir,
    inputs,
    about,
    steps,
    root: openFrame({ frames, unopened, carried }, shape),
    env: envOf(plan, { inputs, run: about }, isRollback),
    carried,
    frames,
    loops: new Map(),
    unopened,
    agents: new Map(carried?.agents),
    waits: new Map(),
    parts: new Map(),
    handingOver: 0,
    uplink: undefined,
    deadlines: new Map(carried?.deadlines),
    alarms: new Set(),
    approvals: reopenQuestions(isRollback ? [] : (carried?.openApprovals ?? [])),
    closedApprovals: [...(carried?.closedApprovals ?? [])],
    earlyVotes: [...(carried?.earlyVotes ?? [])],
    signals: [...(carried?.signals ?? [])],
    signalWaits: new Map(),
    skips: new Set(carried?.skips),
    undoLog: [...(carried?.undoLog ?? [])],
    undoing: new Map(),
    notices: [...(carried?.notices ?? [])],
    repliesUsed: carried?.repliesUsed ?? {},
    routes: new Map(carried?.routes),
    restingUntil: new Map(carried?.restingUntil),
    pins: isRollback ? {} : { ...carried?.pins },
    children: new Map(),
    cancelling: { underWay: 0, line: [] },
    childEnds: new Map(carried?.childEnds?.map((end) => [end.run, end])),
    pumps: new Set(),
    changes: 0,
    clock: carried?.clock ?? 0,
    usage: isRollback ? NO_USAGE : (carried?.usage ?? NO_USAGE),
    status: paused ? "paused" : "running",
    closedAtMs: null,
    outputs: null,
    error: null,
    unfinished: [],
    cancelled: false,
    paused,
    heldByParent: carried === undefined ? paused : (carried.heldByParent ?? false),
    parent: undefined,
    ending: false,
    fullAt: undefined,
    draining: false,
    working: 0,
    waiting: 0,
    waitedMs: carried?.waitedMs ?? 0,
    limitFrom: carried?.limitFrom,
    waitingSinceMs: paused ? Date.now() : null,
    crash: () => undefined,
    heldCalls: [],
    taskLine: undefined,
    task: { historyLength: 0, bytes: 0 },
    lightSteps: 0,
  };
}

const NO_UNDOS: StepState["undo"] = [];

function pendingState(step: Step): StepState {
  return {
    step,
    status: "pending",
    attempts: 0,
    startedAtMs: null,
    closedAtMs: null,
    output: null,
    error: null,
    agent: undefined,
    route: undefined,
    failovers: undefined,
    usage: undefined,
    childRun: undefined,
    agents: undefined,
    items: undefined,
    undo: NO_UNDOS,
    beganAt: null,
    working: 0,
    waiting: 0,
  };
}

/** A question that was open stays open for votes, also before its step waits for them again. */
function reopenQuestions(questions: readonly OpenQuestion[]): RunState["approvals"] {
  const reopened = questions.map((question): [string, ApprovalState] => {
    const state: ApprovalState = {
      ...question,
      votes: [...question.votes],
      settle(status) {
        state.status = status;
      },
    };
    return [question.path, state];
  });
  return new Map(reopened);
}

/** The front matter's `env` as expressions see it. Runs of older histories had only what is written out in the file. */
function envOf(plan: Plan, scope: JsonObject, isRollback: boolean): JsonObject {
  if (!Object.values(plan.env).some(isRendered) || !patched("env-of-inputs")) return writtenEnv(plan.env);
  try {
    return renderEnv(plan.env, scope);
  } catch (error) {
    // What was done can be taken back all the same.
    if (!(error instanceof ExpressionError) || isRollback) return writtenEnv(plan.env);
    throw fail(error.code, error.message);
  }
}
