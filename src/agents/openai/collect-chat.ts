import type { JsonObject, JsonValue } from "../../plan/json.ts";
import type { TokenUsage } from "../../plan/report.ts";
import type { ProviderRequest, WireCall } from "../provider.ts";

/** The part of a streamed chunk that is looked at; compatible servers leave out more than the SDK's types say. */
export interface Chunk {
  readonly model?: string;
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
    readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null;
  } | null;
  readonly choices?: readonly {
    readonly finish_reason?: string | null;
    readonly delta?: {
      readonly content?: string | null;
      readonly refusal?: string | null;
      /** Reasoning under the names that servers have for it. */
      readonly reasoning?: string | null;
      readonly reasoning_content?: string | null;
      readonly reasoning_details?: readonly JsonValue[] | null;
      readonly tool_calls?: readonly {
        readonly index?: number;
        readonly id?: string;
        readonly function?: { readonly name?: string; readonly arguments?: string };
      }[];
    };
  }[];
}

/** A streamed answer put together. */
export interface CollectedChat {
  readonly text: string;
  readonly refusal: string;
  readonly model: string;
  /** Null: the stream ended before the answer did. */
  readonly finish: string | null;
  readonly usage: TokenUsage | undefined;
  readonly calls: readonly WireCall[];
  /** By the names under which it came. */
  readonly reasoning: JsonObject;
}

/** Puts the pieces of a streamed answer together, and tells what it used: an answer that is cut off is billed as well. */
export async function collectChat(
  stream: AsyncIterable<Chunk>,
  { alive, said, spent, transcript }: Pick<ProviderRequest, "alive" | "said" | "spent" | "transcript">,
): Promise<CollectedChat> {
  const calls: (WireCall | undefined)[] = [];
  const reasoning: Record<string, JsonValue> = {};
  let [text, refusal, model] = ["", "", ""];
  let finish: string | null = null;
  let usage: TokenUsage | undefined;
  for await (const chunk of stream) {
    alive();
    model = chunk.model ?? model;
    if (chunk.usage != null) {
      usage = readUsage(chunk.usage);
      spent({ usage, model });
    }
    const [choice] = chunk.choices ?? [];
    if (choice === undefined) continue;
    const { delta = {} } = choice;
    finish = choice.finish_reason ?? finish;
    if (delta.content != null && delta.content !== "") said(delta.content);
    text += delta.content ?? "";
    refusal += delta.refusal ?? "";
    for (const name of ["reasoning", "reasoning_content"] as const)
      if (delta[name] != null) reasoning[name] = ((reasoning[name] as string | undefined) ?? "") + delta[name];
    if (delta.reasoning_details != null)
      reasoning["reasoning_details"] = [
        ...((reasoning["reasoning_details"] as readonly JsonValue[] | undefined) ?? []),
        ...delta.reasoning_details,
      ];
    for (const { index = calls.length, id, function: part } of delta.tool_calls ?? []) {
      // Some servers give no ids; the same conversation gives the same ones.
      const known = calls[index] ?? {
        id: id || `call_${transcript.messages.length}_${index}`,
        name: "",
        argumentsJson: "",
      };
      calls[index] = {
        id: known.id,
        name: known.name + (part?.name ?? ""),
        argumentsJson: known.argumentsJson + (part?.arguments ?? ""),
      };
    }
  }
  return { text, refusal, model, finish, usage, reasoning, calls: calls.filter((call) => call !== undefined) };
}

function readUsage(usage: NonNullable<Chunk["usage"]>): TokenUsage {
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
  return {
    inputTokens: usage.prompt_tokens - cached,
    cacheReadTokens: cached,
    cacheWriteTokens: 0,
    outputTokens: usage.completion_tokens,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}
