import { workflowInfo } from "@temporalio/workflow";
import type { JsonObject } from "../plan/json.ts";
import { listSteps } from "../plan/list-steps.ts";
import type { Plan } from "../plan/plan.ts";
import type { Usage } from "../plan/report.ts";
import { openFrame } from "./frames.ts";
import type { RunArguments } from "./open-run.ts";
import type { RunState, StepScope, StepState } from "./run-state.ts";

/** No tokens yet. */
export const NO_USAGE: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** The state of a run that begins, or goes on after continue-as-new. */
export function createRun(plan: Plan, inputs: JsonObject, args: RunArguments): RunState {
  const { carried } = args;
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
      childRun: undefined,
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
  return {
    id,
    keyId: args.rollback?.of ?? id,
    plan,
    projectDir: args.projectDir,
    inputs,
    startedAtMs: carried?.startedAtMs ?? Date.now(),
    steps,
    root: openFrame({ frames, carried }, { prefix: "", parent: undefined, scope, names: {}, inLoop: false }),
    env: literalEnv(plan),
    carried,
    frames,
    loops: new Map(),
    waits: new Map(),
    parts: new Map(),
    uplink: undefined,
    deadlines: new Map(carried?.deadlines),
    approvals: new Map(),
    closedApprovals: [...(carried?.closedApprovals ?? [])],
    earlyVotes: [...(carried?.earlyVotes ?? [])],
    signals: [...(carried?.signals ?? [])],
    signalWaits: new Map(),
    skips: new Set(carried?.skips),
    undoLog: [...(carried?.undoLog ?? [])],
    notices: [...(carried?.notices ?? [])],
    repliesUsed: carried?.repliesUsed ?? {},
    pumps: new Set(),
    clock: carried?.clock ?? 0,
    usage: carried?.usage ?? NO_USAGE,
    status: "running",
    closedAtMs: null,
    outputs: null,
    error: null,
    unfinished: [],
    cancelled: false,
    paused: carried?.paused ?? false,
    draining: false,
    working: 0,
    waiting: 0,
    waitedMs: carried?.waitedMs ?? 0,
    waitingSinceMs: null,
    lightSteps: 0,
  };
}

const PENDING: StepScope = { output: null, status: "pending", error: null, attempts: 0 };

/** The front matter's `env` as expressions see it: plain strings only, never a secret. */
function literalEnv(plan: Plan): JsonObject {
  return Object.fromEntries(Object.entries(plan.env).filter(([, value]) => typeof value !== "object"));
}
