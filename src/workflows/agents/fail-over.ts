import type { FailureInfo } from "../../plan/report.ts";
import type { FailoverCause, FailoverEvent, FailoverReason, OpenRoute, Route } from "../../plan/route.ts";
import type { AgentStep } from "../../plan/step.ts";
import { absorbRoute } from "../absorb-route.ts";
import { type Failed, readFailure, readSoFar } from "../failure-info.ts";
import type { Invocation, Outcome } from "../invocation.ts";
import { note } from "../notices.ts";
import { isoTime, SKIPPED, SUSPENDED } from "../run-state.ts";
import { type GoesOnWith, handOver, type Left, type Stop, whyNobodyGoesOn } from "./hand-over.ts";
import type { AgentTry } from "./run-agent.ts";
import { runWithMoney } from "./run-with-money.ts";
import { chooseOrder, reportChoice } from "./choose-order.ts";
import { stepOfAgent } from "./step-of-agent.ts";

/** Failures before the agent did anything: its settings or its account are wrong. */
const NEVER_BEGAN = new Set([
  "agent/no-key",
  "agent/unauthorized",
  "agent/model-not-found",
  "agent/unknown-kind",
  "agent/no-program",
  "agent/no-workdir",
  "agent/settings-too-large",
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

/** Why a step is handed over. */
interface Handing {
  readonly reason: FailoverReason;
  readonly error: FailureInfo;
  readonly hasBegun: boolean;
  readonly hasActed: boolean | undefined;
}

/**
 * Lets the chosen agent work, and the next ones when it fails: each goes on with the conversation. An agent has its own
 * attempts before the step is handed over. Rejects as `runWithMoney` does, and with `route/rejected`.
 */
export async function failOver(invocation: Invocation<AgentStep>, route: Route): Promise<Outcome> {
  const { run, path } = invocation;
  try {
    const open = run.routes.get(path) ?? { choice: await chooseOrder(invocation, route), at: 0 };
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
    const routed = { decision: open.choice.decision, handsOverOn };
    let left: Left | undefined;
    const onLeft = (one: Left) => (left = one);
    try {
      return await runWithMoney(invocationOf(invocation, agent), { ...tryOf(open.at, agent), routed, onLeft });
    } catch (error) {
      const handing = next === undefined ? undefined : readHanding(error, route);
      if (next === undefined || handing === undefined || left === undefined) throw error;
      const goesOnWith = passOn(invocation, { route, open, handing, left, next });
      if (goesOnWith === undefined) throw error;
      noteHanding(invocation, route, { ...handing, goesOnWith, from: agent, to: next });
      const reason = `${agent} failed: ${handing.error.code}`;
      const estimateUsd = open.choice.candidates.find((one) => one.agent === next)?.estimateUsd ?? null;
      open.choice = { ...open.choice, decision: "use_fallback", reason, estimateUsd };
      open.at += 1;
      reportChoice(invocation, open.choice);
    }
  }
}

function tryOf(at: number, agent: string): AgentTry {
  return { agent, prefix: at === 0 ? "" : `try-${at + 1}/` };
}

/** The step as one of its agents has it. */
function invocationOf(invocation: Invocation<AgentStep>, agent: string): Invocation<AgentStep> {
  const own = stepOfAgent(invocation.step, agent);
  return "unfit" in own ? invocation : { ...invocation, step: own.step };
}

/** An agent that stopped, and who is next. */
interface Passing {
  readonly route: Route;
  readonly open: OpenRoute;
  readonly handing: Handing;
  readonly left: Left;
  readonly next: string;
}

/** Prepares the next agent; undefined, and a notice, where nobody may go on. */
function passOn(
  invocation: Invocation<AgentStep>,
  { route, open, handing, left, next }: Passing,
): GoesOnWith | undefined {
  const { error, hasBegun, hasActed } = handing;
  const stop: Stop = { code: error.code, hasBegun, hasActed };
  const isOld = route.handover === undefined;
  const wouldRepeat = isOld && (left.progress.acted === true || open.couldRepeat === true);
  const why = wouldRepeat ? "it would have repeated tool calls" : whyNobodyGoesOn(invocation.run, left, stop);
  if (why !== undefined) {
    note(invocation.run, `${invocation.path} was not handed over to ${next}: ${why}`);
    return undefined;
  }
  if (isOld) return "prompt";
  return handOver(invocationOf(invocation, next), { left, stop, next: tryOf(open.at + 1, next) });
}

/** Why a step is handed over, where its failure is one that another agent can mend and the file says so. */
function readHanding(error: unknown, { failoverOn }: Route): Handing | undefined {
  if (error === SUSPENDED || error === SKIPPED) return undefined;
  const failed: Failed = readFailure(error, "read");
  if (failed.status !== "failed") return undefined;
  const { attempts, interrupted, error: info } = failed;
  const { code } = info;
  if (!code.startsWith("agent/") && code !== "step/timeout") return undefined;
  const [cause, reason] = classify(code);
  if (!failoverOn.includes(cause)) return undefined;
  const hasBegun = attempts > 1 || interrupted === true || !NOT_CALLED.has(reason);
  return { reason, error: info, hasBegun, hasActed: readSoFar(error).hasActed };
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
  {
    from,
    to,
    reason,
    error,
    goesOnWith,
  }: Pick<Handing, "reason" | "error"> & { from: string; to: string; goesOnWith: GoesOnWith },
): void {
  run.restingUntil.set(from, Date.now() + retryPrimaryAfterMs);
  const event: FailoverEvent = {
    timestamp: isoTime(Date.now()) as string,
    from_agent: from,
    to_agent: to,
    reason,
    goes_on_with: goesOnWith,
    step_index: [...run.steps.keys()].indexOf(state.step.id),
    step: path,
    error: { code: error.code, message: error.message },
  };
  absorbRoute(run, state, { failovers: [event] });
}
