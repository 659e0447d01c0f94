import type { RoutedCall } from "../../plan/activity.ts";
import type { FailureInfo } from "../../plan/report.ts";
import type { FailoverCause, FailoverEvent, FailoverReason, Route, RouteChoice } from "../../plan/route.ts";
import type { AgentStep } from "../../plan/step.ts";
import { absorbRoute } from "../absorb-route.ts";
import { type Failed, readFailure } from "../failure-info.ts";
import type { Invocation, Outcome } from "../invocation.ts";
import { note } from "../notices.ts";
import { isoTime, SKIPPED, SUSPENDED } from "../run-state.ts";
import { type AgentTry, runAgent } from "./run-agent.ts";
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
const TIMEOUTS = new Set(["step/timeout", "agent/timeout"]);

/**
 * Lets the chosen agent work, and the next ones when it fails: each begins with the step's own prompt. An agent has its own
 * attempts before the step is handed over.
 */
export async function failOver(invocation: Invocation<AgentStep>, route: Route): Promise<Outcome> {
  const choice = await chooseOrder(invocation, route);
  const { order } = choice;
  reportChoice(invocation, choice);
  for (let at = 0; ; at += 1) {
    const agent = order[at] as string;
    const next = at < route.maxFailovers ? order[at + 1] : undefined;
    const acts = { couldRepeat: false };
    const routed: RoutedCall = {
      decision: at === 0 ? choice.decision : "use_fallback",
      handsOverOn: next === undefined ? [] : route.failoverOn,
    };
    try {
      return await runAgent(invocation, tryOf(invocation, { agent, at, routed, acts }));
    } catch (error) {
      const handing = next === undefined ? undefined : readHanding(error, route);
      if (next === undefined || handing === undefined) throw error;
      if (acts.couldRepeat) {
        note(invocation.run, `${invocation.path} was not handed over to ${next}: it would have repeated tool calls`);
        throw error;
      }
      noteHanding(invocation, route, { ...handing, from: agent, to: next });
      reportChoice(invocation, {
        ...choice,
        decision: "use_fallback",
        reason: `${agent} failed: ${handing.error.code}`,
      });
    }
  }
}

/** A second agent would make calls again that are to be made once. */
function tryOf(
  { run }: Invocation<AgentStep>,
  told: {
    readonly agent: string;
    readonly at: number;
    readonly routed: RoutedCall;
    readonly acts: { couldRepeat: boolean };
  },
): AgentTry {
  const { agent, at, routed, acts } = told;
  return {
    agent,
    prefix: at === 0 ? "" : `try-${at + 1}/`,
    routed,
    onCalls(calls) {
      for (const { tool, operation, refused } of calls) {
        const effect = run.plan.tools[tool]?.operations[operation]?.effect ?? "at-most-once";
        if (refused === undefined && effect === "at-most-once") acts.couldRepeat = true;
      }
    },
  };
}

/** Why a step is handed over, where its failure is one that another agent can mend and the file says so. */
function readHanding(
  error: unknown,
  { failoverOn }: Route,
): { readonly reason: FailoverReason; readonly error: FailureInfo } | undefined {
  if (error === SUSPENDED || error === SKIPPED) return undefined;
  const failed: Failed = readFailure(error, "read");
  if (failed.status !== "failed") return undefined;
  const { code } = failed.error;
  if (!code.startsWith("agent/") && code !== "step/timeout") return undefined;
  const [cause, reason] = classify(code);
  return failoverOn.includes(cause) ? { reason, error: failed.error } : undefined;
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
