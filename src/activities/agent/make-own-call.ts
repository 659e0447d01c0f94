import { setTimeout as sleep } from "node:timers/promises";
import type { ToolResult } from "../../agents/provider.ts";
import type { AgentCall, ToolCall } from "../../plan/activity.ts";
import { timeoutOfTool, TOO_LARGE } from "../../plan/agent-tools.ts";
import { MAX_INLINE_CALL_BYTES } from "../../plan/artifact.ts";
import type { JsonObject } from "../../plan/json.ts";
import type { Pins } from "../../plan/pins.ts";
import type { Effect, ToolSpec } from "../../plan/plan.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import type { Template } from "../../plan/template.ts";
import type { ActivityContext } from "../activity-context.ts";
import { callTool } from "../call-tool.ts";
import { Postponed } from "../postponed.ts";
import { retryDelayMs } from "../retry-delay.ts";
import { toStepFailure } from "../to-step-failure.ts";
import { OwnCallFailure, outcomeUnknown } from "./own-call-failure.ts";

/** One tool call that a program makes by itself. */
export interface OwnCall {
  readonly toolName: string;
  readonly tool: ToolSpec;
  readonly operation: string;
  readonly args: JsonObject;
  readonly effect: Effect;
  readonly pins: Pins;
  /** Idempotency key. */
  readonly key: string;
  /** Told whether it still waits for its place, and so has done nothing. */
  readonly onWait: (waits: boolean) => void;
}

/**
 * Makes a tool call inside the activity of the agent that wants it, as an activity of its own would: with the tool's timeout,
 * places and pins, and repeated as the step says where that is safe. What the agent can mend is told to it. Throws the failures
 * that the step cannot go on after, none of which another attempt would mend.
 */
export async function makeOwnCall(
  agent: AgentCall,
  own: OwnCall,
  context: ActivityContext,
): Promise<Pick<ToolResult, "content" | "isError">> {
  const call = await toToolCall(agent, own, context);
  const name = `${own.toolName}.${own.operation}`;
  for (let failures = 0; ;) {
    let hasBegun = false;
    try {
      const {
        output,
        isError = false,
        refusal,
      } = await attempt(call, { own, number: failures + 1, onBegin: () => (hasBegun = true) }, context);
      // Nobody can be asked while the program works.
      if (refusal !== undefined) throw new StepFailure("budget/exceeded", refusal.message);
      return { content: await context.load(output), isError };
    } catch (error) {
      if (context.signal.aborted) throw context.signal.reason;
      if (error instanceof Postponed) {
        await sleep(error.afterMs, undefined, { signal: context.signal });
        continue;
      }
      const failure = toStepFailure(error, hasBegun);
      if (TOO_LARGE.has(failure.code))
        return { content: `${name} failed: ${failure.message}; ask for less`, isError: true };
      if (failure.outcomeUnknown && own.effect === "at-most-once") throw outcomeUnknown(name, failure.message);
      failures += 1;
      if (!failure.retryable || failures >= call.retry.maxAttempts) throw forGood(failure, name);
      await sleep(retryDelayMs(call.retry, { failures, retryAfterMs: failure.retryAfterMs }), undefined, {
        signal: context.signal,
      });
    }
  }
}

async function toToolCall(agent: AgentCall, own: OwnCall, { keep, callId }: ActivityContext): Promise<ToolCall> {
  const { stepPath, stepId, itemIndex, retry, projectDir, env, run, workflow, agentName, budgetShare, charge } = agent;
  const { toolName, tool, operation, args, effect, pins, key } = own;
  return {
    idempotencyKey: key,
    stepPath,
    stepId,
    ...(itemIndex === undefined ? {} : { itemIndex }),
    effect,
    timeoutMs: timeoutOfTool(tool, operation),
    retry,
    projectDir,
    env,
    toolName,
    tool,
    operation,
    with: (await keep(args, MAX_INLINE_CALL_BYTES)) as Template,
    forAgent: true,
    pins,
    payer: { run, workflow, agent: agentName, within: callId, ...(budgetShare === undefined ? {} : { budgetShare }) },
    ...(charge === undefined ? {} : { charge }),
  };
}

/** One attempt, with the time of the tool; waiting for a place takes none of it. */
async function attempt(
  call: ToolCall,
  { own, number, onBegin }: { readonly own: OwnCall; readonly number: number; readonly onBegin: () => void },
  context: ActivityContext,
) {
  const timeout = new AbortController();
  const startTimer = () => setTimeout(() => timeout.abort(timedOut(call)), call.timeoutMs);
  let timer = startTimer();
  const inner: ActivityContext = {
    ...context,
    signal: AbortSignal.any([context.signal, timeout.signal]),
    key: own.key,
    callId: own.key,
    attempt: number,
    begin: onBegin,
    // In the ledger it is a call of its own.
    paid: () => undefined,
    offTheClock(work) {
      clearTimeout(timer);
      own.onWait(true);
      return work().then((result) => {
        own.onWait(false);
        timer = startTimer();
        return result;
      });
    },
  };
  try {
    return await callTool(call, inner);
  } catch (error) {
    throw timeout.signal.aborted && !context.signal.aborted ? timeout.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

function timedOut({ timeoutMs }: ToolCall): StepFailure {
  return new StepFailure("step/timeout", `timed out after ${timeoutMs / 1000} s and was stopped`, {
    retryable: true,
    outcomeUnknown: true,
  });
}

function forGood({ code, message, details }: StepFailure, name: string): OwnCallFailure {
  const named = message.includes(name) ? message : `${name}: ${message}`;
  return new OwnCallFailure(code, named, details === undefined ? {} : { details });
}
