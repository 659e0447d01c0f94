import { noteHealth } from "../../ledger/health.ts";
import type { AgentSpec } from "../../plan/agent-spec.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import type { ActivityContext } from "../activity-context.ts";
import { OwnCallFailure } from "./own-call-failure.ts";

/** Failures that are the request's own fault, or the answer's; the agent is well. */
const WELL = new Set(["agent/bad-request", "agent/refused", "agent/truncated", "agent/no-reply"]);

/** Makes a call, and keeps in the ledger whether the agent was well. What was cut off by us says nothing. */
export async function watchHealth<T>(
  agent: AgentSpec,
  { ledger, redact }: Pick<ActivityContext, "ledger" | "redact">,
  call: () => Promise<T>,
): Promise<T> {
  const startedMs = Date.now();
  const note = (error: string | undefined) => {
    const atMs = Date.now();
    noteHealth(ledger(), agent, { atMs, latencyMs: atMs - startedMs, error });
  };
  try {
    const answer = await call();
    note(undefined);
    return answer;
  } catch (error) {
    if (error instanceof StepFailure && !(error instanceof OwnCallFailure))
      note(WELL.has(error.code) ? undefined : `${error.code}: ${redact(error.message)}`);
    throw error;
  }
}
