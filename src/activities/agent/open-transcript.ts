import type { Transcript } from "../../agents/provider.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { ActivityContext } from "../activity-context.ts";

/** The conversation that the call goes on with: the prompt alone, or what was said so far and what is wrong with the last answer. */
export async function openTranscript(call: AgentCall, context: ActivityContext): Promise<Transcript> {
  if (call.transcript !== undefined) {
    const before = (await context.load(call.transcript)) as unknown as Transcript;
    if (call.repair === undefined) return before;
    const text = `${call.repair}. Answer again with JSON that fits the schema, and nothing else.`;
    return { ...before, messages: [...before.messages, { role: "user", text }] };
  }
  const prompt = await context.resolve(call.prompt);
  const text = typeof prompt === "string" ? prompt : JSON.stringify(prompt);
  return { system: call.agent.system ?? null, messages: [{ role: "user", text }] };
}
