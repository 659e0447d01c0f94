import type { Message, Transcript } from "../../agents/provider.ts";
import type { AgentCall } from "../../plan/activity.ts";
import { isJsonObject } from "../../plan/json.ts";
import type { ActivityContext } from "../activity-context.ts";
import { loadTranscript } from "./transcript-store.ts";

/** The conversation that a call goes on with, and what of it is said for the first time. */
export interface OpenTranscript {
  readonly transcript: Transcript;
  readonly added: readonly Message[];
}

/**
 * The prompt alone, or what was said so far and what the agent is told now: what is wrong with the last answer, a note. Whoever said it:
 * an agent that goes on for another has instructions of its own.
 */
export async function openTranscript(call: AgentCall, context: ActivityContext): Promise<OpenTranscript> {
  const system = call.agent.system ?? null;
  if (call.transcript === undefined) {
    const text = [call.note ?? [], await openPrompt(call, context)].flat().join("\n\n");
    const added: readonly Message[] = [{ role: "user", text }];
    return { transcript: { system, messages: added }, added };
  }
  const { messages } = await loadTranscript(call.transcript, context);
  const form = call.output === undefined ? "" : " with JSON that fits the schema, and nothing else";
  const repair = call.repair === undefined ? undefined : `${call.repair}. Answer again${form}.`;
  const added = [repair, call.note].flatMap((text): Message[] => (text === undefined ? [] : [{ role: "user", text }]));
  return { transcript: { system, messages: [...messages, ...added] }, added };
}

async function openPrompt(call: AgentCall, context: ActivityContext): Promise<string> {
  const task = call.task === undefined ? undefined : await context.load(call.task);
  const prompt = isJsonObject(task) && "task" in task ? task["task"] : await context.resolve(call.prompt);
  return typeof prompt === "string" ? prompt : JSON.stringify(prompt);
}
