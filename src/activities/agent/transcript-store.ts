import type { Message, Transcript } from "../../agents/provider.ts";
import { MAX_INLINE_CALL_BYTES, type Stored } from "../../plan/artifact.ts";
import type { JsonValue } from "../../plan/json.ts";
import type { ActivityContext } from "../activity-context.ts";

/** Messages at the end are written anew with every turn up to this size; then they become a part that never changes. */
const MAX_TAIL_CHARACTERS = 64 * 1024;

/** A conversation as it lies in the store: parts that are closed, and the messages after them. */
interface KeptTranscript extends Transcript {
  /** Each a list of messages. */
  readonly parts?: readonly Stored[];
}

/** The whole of a conversation. */
export async function loadTranscript(stored: Stored, context: ActivityContext): Promise<Transcript> {
  const { system, parts = [], messages } = await loadKept(stored, context);
  const before = await Promise.all(parts.map((part) => context.load(part)));
  return { system, messages: [...(before as unknown as (readonly Message[])[]).flat(), ...messages] };
}

/** Begins a conversation in the store. */
export function keepTranscript({ system, messages }: Transcript, context: ActivityContext): Promise<Stored> {
  return keep({ system, messages }, context);
}

/** Adds messages to the conversation, without a look at what is closed. */
export async function addMessages(
  stored: Stored,
  messages: readonly Message[],
  context: ActivityContext,
): Promise<Stored> {
  const before = await loadKept(stored, context);
  return keep({ ...before, messages: [...before.messages, ...messages] }, context);
}

async function keep({ system, parts = [], messages }: KeptTranscript, context: ActivityContext): Promise<Stored> {
  const tail = messages as unknown as JsonValue;
  const isOpen = JSON.stringify(tail).length <= MAX_TAIL_CHARACTERS;
  const closed = isOpen ? parts : [...parts, await context.keep(tail, 0)];
  const head = { system, messages: isOpen ? tail : [], ...(closed.length === 0 ? {} : { parts: closed as JsonValue }) };
  return context.keep(head, MAX_INLINE_CALL_BYTES);
}

async function loadKept(stored: Stored, context: ActivityContext): Promise<KeptTranscript> {
  return (await context.load(stored)) as unknown as KeptTranscript;
}
