import type { SubAgent } from "../../plan/agent-loop.ts";
import type { RequestedCall, SealedResult } from "../../plan/activity.ts";
import type { SubAgentReport } from "../../plan/report.ts";
import type { AgentStep } from "../../plan/step.ts";
import { readFailure } from "../failure-info.ts";
import type { Invocation } from "../invocation.ts";
import { type StepState, SUSPENDED } from "../run-state.ts";
import { openProgress } from "./run-agent.ts";
import { runWithMoney } from "./run-with-money.ts";

/** So many calls of sub-agents a report shows: the last ones. */
const MOST_SHOWN = 50;

/**
 * Lets a sub-agent work on a task, under a path of its own, with a loop and ceilings of its own. Its failure is told to the agent
 * that asks, as that of a tool; only a cancel, and an outcome that nobody knows, end the step.
 */
export async function askSubAgent(
  invocation: Invocation<AgentStep>,
  call: RequestedCall,
  number: number,
): Promise<SealedResult> {
  const { state } = invocation;
  const told = { id: call.id, name: `${call.tool}.${call.operation}` };
  const sub = invocation.step.agents?.[call.operation] as SubAgent;
  const own = ownInvocation(invocation, sub, `${call.operation}-${number}`);
  const work = { agent: sub.agent, prefix: "", task: call.with, budgetShare: sub.budgetShare };
  const progress = openProgress(own, work);
  const tell = (status: SubAgentReport["status"], error: SubAgentReport["error"]) => {
    invocation.run.changes += 1;
    show(state, { path: own.path, agent: sub.agent, status, turns: progress.turns, error });
  };
  tell("running", null);
  try {
    const { output } = await runWithMoney(own, work);
    tell("completed", null);
    return { ...told, content: output, isError: false };
  } catch (error) {
    if (error === SUSPENDED) throw error;
    const { status, error: failure } = readFailure(error, "read");
    const { code, message } = failure;
    tell(status, { code, message });
    if (status !== "failed") throw error;
    return { ...told, content: `${call.operation} failed: ${code}: ${message}`, isError: true };
  }
}

/** The step as the sub-agent has it: what is asked of the whole step's answer is not asked of its own. */
function ownInvocation(invocation: Invocation<AgentStep>, sub: SubAgent, name: string): Invocation<AgentStep> {
  const { output: _, verify: _1, verifyRun: _2, onInvalid: _3, undo: _4, toolSpecs: _5, ...step } = invocation.step;
  const own: AgentStep = {
    ...step,
    id: `${step.id}/${name}`,
    path: `${step.path}/${name}`,
    agent: sub.agent,
    prompt: "",
    tools: sub.tools,
    ...(sub.toolSpecs === undefined ? {} : { toolSpecs: sub.toolSpecs }),
    maxTurns: sub.maxTurns,
    maxCalls: sub.maxCalls,
    agents: Object.fromEntries(Object.entries(step.agents ?? {}).filter(([known]) => sub.agents.includes(known))),
  };
  return {
    ...invocation,
    step: own,
    path: `${invocation.path}/${name}`,
    title: `${invocation.title}: ${name}`,
  };
}

function show(state: StepState, report: SubAgentReport): void {
  const known = state.agents ?? [];
  const place = known.findIndex(({ path }) => path === report.path);
  state.agents = place < 0 ? [...known, report].slice(-MOST_SHOWN) : known.with(place, report);
}
