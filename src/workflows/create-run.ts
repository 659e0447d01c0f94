import { workflowInfo } from "@temporalio/workflow";
import type { OpenQuestion, StepScope } from "../plan/carried-state.ts";
import type { JsonObject } from "../plan/json.ts";
import { listSteps } from "../plan/list-steps.ts";
import type { Plan } from "../plan/plan.ts";
import { NO_USAGE } from "../plan/usage.ts";
import { openFrame } from "./frames.ts";
import type { OpenedRun, RunArguments } from "./open-run.ts";
import type { ApprovalState, RunState, StepState } from "./run-state.ts";

/** The state of a run that begins, or goes on after continue-as-new. */
export function createRun({ plan, inputs, carried }: OpenedRun, args: RunArguments): RunState {
  const begun = new Map(carried?.steps.map((step) => [step.id, step]));
  const steps = new Map<string, StepState>();
  const scope: Record<string, StepScope> = {};
  for (const step of listSteps(plan)) {
    const state: StepState = {
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
      undo: [],
      beganAt: null,
      working: 0,
      waiting: 0,
      ...begun.get(step.id),
    };
    steps.set(step.id, state);
    scope[step.id] = PENDING;
  }
  const frames: RunState["frames"] = new Map();
  const id = workflowInfo().workflowId;
  // What takes back another run is not held up by what held that up, and uses tokens of its own.
  const isRollback = args.rollback !== undefined;
  const paused = !isRollback && (carried?.paused ?? args.parent?.paused ?? false);
  return {
    id,
    keyId: args.rollback?.of ?? id,
    plan,
    projectDir: args.projectDir,
    above: args.parent?.charge,
    inputs,
    startedAtMs: carried?.startedAtMs ?? Date.now(),
    steps,
    root: openFrame({ frames, carried }, { prefix: "", parent: undefined, scope, names: {}, inLoop: false }),
    env: literalEnv(plan),
    carried,
    frames,
    loops: new Map(),
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
    taskLine: Promise.resolve(),
    task: { historyLength: 0, bytes: 0 },
    lightSteps: 0,
  };
}

const PENDING: StepScope = { output: null, status: "pending", error: null, attempts: 0 };

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

/** The front matter's `env` as expressions see it: plain strings only, never a secret. */
function literalEnv(plan: Plan): JsonObject {
  return Object.fromEntries(Object.entries(plan.env).filter(([, value]) => typeof value !== "object"));
}
