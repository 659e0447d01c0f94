import type { AgentProgress } from "../../plan/agent-loop.ts";
import type { AgentTurn } from "../../plan/activity.ts";
import type { Stored } from "../../plan/artifact.ts";
import type { Plan } from "../../plan/plan.ts";
import { programSettings } from "../../plan/programs.ts";
import type { AgentStep } from "../../plan/step.ts";
import { grantedTools } from "../../plan/agent-loop.ts";
import { addUsage, NO_USAGE } from "../../plan/usage.ts";
import { jsonBytes } from "../../plan/text-size.ts";
import { callActivity } from "../call-activity.ts";
import { renderInput } from "../evaluate-value.ts";
import { readSoFar } from "../failure-info.ts";
import type { Invocation } from "../invocation.ts";
import { notePins, pinsOf } from "../note-pins.ts";
import { noteUsage } from "../note-usage.ts";
import { callWithMoney } from "./call-with-money.ts";
import type { AgentTry } from "./run-agent.ts";

/** What every model call says anew goes to the store where it is larger: history would hold it once a turn. */
const MAX_REPEATED_BYTES = 4096;

/** Makes the next model call, and notes what came of it. */
export async function callModel(
  invocation: Invocation<AgentStep>,
  work: AgentTry,
  progress: AgentProgress,
): Promise<AgentTurn> {
  const { step, run, state } = invocation;
  const { turns: turn, transcript, repliesUsed, repair, note } = progress;
  const answer = await askAndCount(
    invocation,
    {
      type: `agent:${work.agent}`,
      input: {
        ...(await whatIsFixed(invocation, work, progress)),
        run: run.keyId,
        workflow: run.plan.name,
        prompt: transcript === undefined || step.guards === undefined ? renderInput(invocation, step.prompt) : "",
        env: renderInput(invocation, step.env),
        ...pinsOf(run, step.tools),
        ...ceilingOf(invocation, work, progress.calls),
        turn,
        transcript,
        repliesUsed,
        ...(repair === undefined ? {} : { repair }),
        ...(note === undefined ? {} : { note }),
        ...(work.task === undefined || turn > 0 ? {} : { task: work.task }),
        ...(work.routed === undefined ? {} : { routed: work.routed }),
        ...(work.budgetShare === undefined ? {} : { budgetShare: work.budgetShare }),
      },
    },
    namesOfTurn(invocation, work, turn),
  );
  noteUsage(run, state, answer.usage);
  notePins(run, answer.pins);
  progress.turns += 1;
  for (const count of Object.values(answer.ownCalls ?? {})) progress.calls += count;
  progress.attempts = Math.max(progress.attempts, answer.attempts);
  progress.model = answer.model;
  progress.transcript = answer.transcript;
  progress.repliesUsed = answer.repliesUsed;
  progress.repair = undefined;
  progress.note = undefined;
  return answer;
}

/** Asks for the answer; what a call has used that was not answered counts too. */
async function askAndCount(...call: Parameters<typeof callWithMoney>): Promise<AgentTurn> {
  try {
    return await callWithMoney(...call);
  } catch (error) {
    const [{ run, state }] = call;
    const { usage, ownUsd = 0 } = readSoFar(error);
    if (usage !== undefined || ownUsd > 0)
      noteUsage(run, state, addUsage(usage ?? NO_USAGE, { ...NO_USAGE, usd: ownUsd }));
    throw error;
  }
}

/** A program makes its tool calls inside the activity, which holds them to what is left of the step's `max-calls`. */
function ceilingOf({ run, step: { maxCalls } }: Invocation<AgentStep>, { agent }: AgentTry, calls: number) {
  const isProgram = programSettings(run.plan.agents[agent]?.kind ?? "") !== undefined;
  return isProgram && maxCalls !== undefined ? { maxCalls: maxCalls - calls } : {};
}

/** The agent, its tools, the agents it may ask: as they are, or put aside once where they are much. */
function whatIsFixed(invocation: Invocation<AgentStep>, { agent, prefix }: AgentTry, progress: AgentProgress) {
  const { run, step } = invocation;
  if (progress.setup !== undefined) return { agentName: agent, setup: progress.setup };
  const subAgents = Object.entries(step.agents ?? {}).map(([name, { description }]) => [name, description]);
  const fixed = {
    agentName: agent,
    agent: run.plan.agents[agent],
    grants: step.tools,
    permissions: step.permissions,
    tools: pickTools(run.plan, { ...step, agents: {} }),
    ...(subAgents.length === 0 ? {} : { subAgents: Object.fromEntries(subAgents) as object }),
  };
  if (step.guards === undefined || jsonBytes(fixed) <= MAX_REPEATED_BYTES) return fixed;
  const names = { suffix: `${prefix}setup`, summary: `${invocation.title}: setup`, effect: "read" } as const;
  return callActivity<{ readonly ref: Stored }>(invocation, "keep", { value: fixed }, names).then(({ ref }) => {
    progress.setup = ref;
    return { agentName: agent, setup: ref };
  });
}

function pickTools(plan: Plan, step: AgentStep): Plan["tools"] {
  const names = grantedTools(step);
  const known = { ...plan.tools, ...step.toolSpecs };
  return Object.fromEntries(Object.entries(known).filter(([name]) => names.includes(name)));
}

/** The first call of the first agent has the step's own path and title. */
function namesOfTurn({ title }: Invocation, { prefix }: AgentTry, turn: number) {
  if (turn === 0 && prefix === "") return {};
  return { suffix: `${prefix}turn-${turn + 1}`, summary: `${title}: turn ${turn + 1}` };
}
