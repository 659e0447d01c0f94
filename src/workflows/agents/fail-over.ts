import { toolOf } from "../../plan/agent-loop.ts";
import type { RoutedCall } from "../../plan/activity.ts";
import type { Effect } from "../../plan/plan.ts";
import { programSettings } from "../../plan/programs.ts";
import type { FailureInfo } from "../../plan/report.ts";
import type { FailoverCause, FailoverEvent, FailoverReason, OpenRoute, Route } from "../../plan/route.ts";
import type { AgentStep } from "../../plan/step.ts";
import { absorbRoute } from "../absorb-route.ts";
import { type Failed, readFailure, readSoFar } from "../failure-info.ts";
import type { Invocation, Outcome } from "../invocation.ts";
import { note } from "../notices.ts";
import { isoTime, type RunState, SKIPPED, SUSPENDED } from "../run-state.ts";
import type { AgentTry } from "./run-agent.ts";
import { runWithMoney } from "./run-with-money.ts";
import { chooseOrder, reportChoice } from "./choose-order.ts";

/** Failures before the agent did anything: its settings or its account are wrong. */
const NEVER_BEGAN = new Set([
  "agent/no-key",
  "agent/unauthorized",
  "agent/model-not-found",
  "agent/unknown-kind",
  "agent/no-replies-file",
  "agent/bad-replies",
]);
/** In the first attempt these mean that nobody was called. */
const NOT_CALLED: ReadonlySet<FailoverReason> = new Set([
  "initialization_failed",
  "circuit_breaker_open",
  "health_check_failed",
]);
const TIMEOUTS = new Set(["step/timeout", "agent/timeout"]);

/** Why a step is handed over, and after how many attempts. */
interface Handing {
  readonly reason: FailoverReason;
  readonly error: FailureInfo;
  readonly attempts: number;
}

/**
 * Lets the chosen agent work, and the next ones when it fails: each begins with the step's own prompt. An agent has its own
 * attempts before the step is handed over. Rejects as `runWithMoney` does, and with `route/rejected`.
 */
export async function failOver(invocation: Invocation<AgentStep>, route: Route): Promise<Outcome> {
  const { run, path } = invocation;
  try {
    const open = run.routes.get(path) ?? { choice: await chooseOrder(invocation, route), at: 0, couldRepeat: false };
    run.routes.set(path, open);
    reportChoice(invocation, open.choice);
    const outcome = await workInOrder(invocation, route, open);
    run.routes.delete(path);
    return outcome;
  } catch (error) {
    if (error !== SUSPENDED) run.routes.delete(path);
    throw error;
  }
}

async function workInOrder(invocation: Invocation<AgentStep>, route: Route, open: OpenRoute): Promise<Outcome> {
  const { order } = open.choice;
  for (;;) {
    const agent = order[open.at] as string;
    const next = open.at < route.maxFailovers ? order[open.at + 1] : undefined;
    const handsOverOn = next === undefined ? [] : route.failoverOn;
    const own = { ...invocation, step: stepOf(invocation.step, route, agent) };
    try {
      return await runWithMoney(own, tryOf(own, open, { agent, handsOverOn }));
    } catch (error) {
      const handing = next === undefined ? undefined : readHanding(error, route);
      if (next === undefined || handing === undefined) throw error;
      if (open.couldRepeat || mayHaveActed(own, agent, { ...handing, ...readSoFar(error) })) {
        note(invocation.run, `${invocation.path} was not handed over to ${next}: it would have repeated tool calls`);
        throw error;
      }
      noteHanding(invocation, route, { ...handing, from: agent, to: next });
      const reason = `${agent} failed: ${handing.error.code}`;
      const estimateUsd = open.choice.candidates.find((one) => one.agent === next)?.estimateUsd ?? null;
      open.choice = { ...open.choice, decision: "use_fallback", reason, estimateUsd };
      open.at += 1;
      reportChoice(invocation, open.choice);
    }
  }
}

/** The step as one of its agents has it: each may reach the tools in another way. */
function stepOf(step: AgentStep, { candidates }: Route, agent: string): AgentStep {
  const { toolSpecs } = candidates.find((one) => one.agent === agent) ?? {};
  return toolSpecs === undefined ? step : { ...step, toolSpecs };
}

function tryOf(
  { run, step }: Invocation<AgentStep>,
  open: OpenRoute,
  { agent, handsOverOn }: { readonly agent: string } & Pick<RoutedCall, "handsOverOn">,
): AgentTry {
  return {
    agent,
    prefix: open.at === 0 ? "" : `try-${open.at + 1}/`,
    routed: { decision: open.choice.decision, handsOverOn },
    // A second agent would make calls again that are to be made once; what a sub-agent calls counts as such.
    onCalls(calls) {
      for (const { tool, operation, refused } of calls) {
        if (refused === undefined && effectOf(run, step, { tool, operation }) === "at-most-once")
          open.couldRepeat = true;
      }
    },
  };
}

/**
 * A program makes tool calls by itself. Where it did not come to say whether one of them was to be made once, it may have made any that
 * it was granted.
 */
function mayHaveActed(
  { run, step }: Invocation<AgentStep>,
  agent: string,
  { reason, attempts, hasActed }: Pick<Handing, "reason" | "attempts"> & { readonly hasActed?: boolean },
): boolean {
  if (programSettings(run.plan.agents[agent]?.kind ?? "") === undefined) return false;
  if (hasActed !== undefined) return hasActed;
  if (attempts === 1 && NOT_CALLED.has(reason)) return false;
  return step.tools.some((grant) => {
    const [tool = "", ...operation] = grant.split(".");
    return effectOf(run, step, { tool, operation: operation.join(".") }) === "at-most-once";
  });
}

/** Of operations that nobody has declared, and of all of a server, it is not known. */
function effectOf(
  run: RunState,
  step: AgentStep,
  { tool, operation }: { readonly tool: string; readonly operation: string },
): Effect {
  return toolOf(run.plan, step, tool)?.operations[operation]?.effect ?? "at-most-once";
}

/** Why a step is handed over, where its failure is one that another agent can mend and the file says so. */
function readHanding(error: unknown, { failoverOn }: Route): Handing | undefined {
  if (error === SUSPENDED || error === SKIPPED) return undefined;
  const failed: Failed = readFailure(error, "read");
  if (failed.status !== "failed") return undefined;
  const { code } = failed.error;
  if (!code.startsWith("agent/") && code !== "step/timeout") return undefined;
  const [cause, reason] = classify(code);
  return failoverOn.includes(cause) ? { reason, error: failed.error, attempts: failed.attempts } : undefined;
}

function classify(code: string): readonly [FailoverCause, FailoverReason] {
  if (TIMEOUTS.has(code)) return ["timeout", "timeout"];
  if (code === "agent/breaker-open") return ["breaker", "circuit_breaker_open"];
  if (code === "agent/unhealthy") return ["health", "health_check_failed"];
  return ["failure", NEVER_BEGAN.has(code) ? "initialization_failed" : "step_execution_failed"];
}

function noteHanding(
  { run, state, path }: Invocation,
  { retryPrimaryAfterMs }: Route,
  { from, to, reason, error }: { from: string; to: string; reason: FailoverReason; error: FailureInfo },
): void {
  run.restingUntil.set(from, Date.now() + retryPrimaryAfterMs);
  const event: FailoverEvent = {
    timestamp: isoTime(Date.now()) as string,
    from_agent: from,
    to_agent: to,
    reason,
    step_index: [...run.steps.keys()].indexOf(state.step.id),
    step: path,
    error: { code: error.code, message: error.message },
  };
  absorbRoute(run, state, { failovers: [event] });
}
