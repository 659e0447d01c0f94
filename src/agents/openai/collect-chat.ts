import type { JsonObject, JsonValue } from "../../plan/json.ts";
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
  readonly usage: Chunk["usage"];
  readonly calls: readonly WireCall[];
  /** By the names under which it came. */
  readonly reasoning: JsonObject;
}

/** Puts the pieces of a streamed answer together. */
export async function collectChat(
  stream: AsyncIterable<Chunk>,
  { alive, said, transcript }: Pick<ProviderRequest, "alive" | "said" | "transcript">,
): Promise<CollectedChat> {
  const calls: (WireCall | undefined)[] = [];
  const reasoning: Record<string, JsonValue> = {};
  let [text, refusal, model] = ["", "", ""];
  let finish: string | null = null;
  let usage: Chunk["usage"];
  for await (const chunk of stream) {
    alive();
    model = chunk.model ?? model;
    usage = chunk.usage ?? usage;
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
