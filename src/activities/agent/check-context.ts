import type { Message } from "../../agents/provider.ts";
import type { AgentCall } from "../../plan/activity.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import type { Question } from "./ask-model.ts";

/** Of text in English; others have fewer, so what is refused here would not have fitted. */
const CHARACTERS_PER_TOKEN = 4;

/** Throws `StepFailure` `agent/context-full` where a conversation cannot fit into what its agent holds; a rough estimate. */
export function checkContext({ agent, agentName }: AgentCall, question: Omit<Question, "pins">): void {
  const { contextTokens } = agent;
  if (contextTokens === undefined) return;
  const { transcript, definitions, schema } = question;
  const said = transcript.messages.reduce((sum, message) => sum + lengthOf(message), transcript.system?.length ?? 0);
  const offered = JSON.stringify([definitions, schema ?? null]).length;
  const tokens = Math.ceil((said + offered) / CHARACTERS_PER_TOKEN);
  if (tokens <= contextTokens) return;
  throw new StepFailure(
    "agent/context-full",
    `the conversation has about ${tokens} tokens, and ${agentName} holds ${contextTokens}`,
    { details: { tokens, contextTokens } },
  );
}

function lengthOf(message: Message): number {
  if (message.role === "user") return message.text.length;
  if (message.role === "tool") return JSON.stringify(message.results).length;
  return message.text.length + message.calls.reduce((sum, { argumentsJson }) => sum + argumentsJson.length, 0);
}
