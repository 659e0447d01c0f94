import { toolOf } from "../../plan/agent-loop.ts";
import type { RoutedCall } from "../../plan/activity.ts";
import type { FailureInfo } from "../../plan/report.ts";
import type { FailoverCause, FailoverEvent, FailoverReason, OpenRoute, Route } from "../../plan/route.ts";
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
 * attempts before the step is handed over. Rejects as `runAgent` does, and with `route/rejected`.
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
    try {
      const own = { ...invocation, step: stepOf(invocation.step, route, agent) };
      return await runAgent(own, tryOf(own, open, { agent, handsOverOn }));
    } catch (error) {
      const handing = next === undefined ? undefined : readHanding(error, route);
      if (next === undefined || handing === undefined) throw error;
      if (open.couldRepeat) {
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
        const effect = toolOf(run.plan, step, tool)?.operations[operation]?.effect ?? "at-most-once";
        if (refused === undefined && effect === "at-most-once") open.couldRepeat = true;
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
