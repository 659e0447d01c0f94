import { workflowInfo } from "@temporalio/workflow";
import type { JsonObject } from "../plan/json.ts";
import type { StartArguments } from "../plan/messages.ts";
import type { Plan } from "../plan/plan.ts";
import type { Usage } from "../plan/report.ts";
import type { CarriedState, RunState, StepScope, StepState } from "./run-state.ts";

/** No tokens yet. */
const NO_USAGE: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** The state of a run that begins, or goes on after continue-as-new. */
export function createRun(plan: Plan, inputs: JsonObject, args: StartArguments & { carried?: CarriedState }): RunState {
  const { carried } = args;
  const done = new Map(carried?.steps.map((step) => [step.id, step]));
  const steps = new Map<string, StepState>();
  const stepScope: Record<string, StepScope> = {};
  for (const step of plan.steps) {
    const state: StepState = {
      step,
      status: "pending",
      attempts: 0,
      startedAtMs: null,
      closedAtMs: null,
      output: null,
      error: null,
      agent: undefined,
      items: undefined,
      working: 0,
      waiting: 0,
      ...done.get(step.id),
    };
    steps.set(step.id, state);
    stepScope[step.id] = scopeOf(state);
  }
  return {
    id: workflowInfo().workflowId,
    plan,
    projectDir: args.projectDir,
    inputs,
    startedAtMs: carried?.startedAtMs ?? Date.now(),
    steps,
    stepScope,
    env: literalEnv(plan),
    approvals: new Map(),
    closedApprovals: [...(carried?.closedApprovals ?? [])],
    earlyVotes: [...(carried?.earlyVotes ?? [])],
    notices: [...(carried?.notices ?? [])],
    repliesUsed: carried?.repliesUsed ?? {},
    usage: carried?.usage ?? NO_USAGE,
    status: "running",
    closedAtMs: null,
    outputs: null,
    error: carried?.error ?? null,
    halted: false,
    working: 0,
    waiting: 0,
    waitedMs: 0,
    waitingSinceMs: null,
    lightSteps: 0,
  };
}

/** What expressions may see of a step. */
export function scopeOf(state: StepState): StepScope {
  const { output, status, error, attempts } = state;
  return { output, status, error: error && { code: error.code, message: error.message }, attempts };
}

/** The front matter's `env` as expressions see it: plain strings only, never a secret. */
function literalEnv(plan: Plan): JsonObject {
  return Object.fromEntries(Object.entries(plan.env).filter(([, value]) => typeof value !== "object"));
}
