import type AnthropicSdk from "@anthropic-ai/sdk";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { parseJson } from "../../schema/check-schema.ts";
import type { TokenUsage } from "../../plan/report.ts";
import type { ProviderRequest, WireCall } from "../provider.ts";

type Event = AnthropicSdk.RawMessageStreamEvent;

/** A streamed answer put together. */
export interface CollectedMessage {
  readonly model: string;
  /** Null: the stream ended before the answer did. */
  readonly stop: string | null;
  /** Blocks as the API wants them back, thinking and its signature among them. */
  readonly content: readonly JsonObject[];
  readonly calls: readonly WireCall[];
  readonly usage: TokenUsage;
}

/**
 * Puts the pieces of a streamed answer together. Not the SDK's own collector: that one reads the arguments of a tool call
 * leniently, and makes something else of what is no JSON. What the API says of its use is told as it says it: an answer that is cut off
 * is billed as well.
 */
export async function collectMessage(
  stream: AsyncIterable<Event>,
  { alive, said, spent }: Pick<ProviderRequest, "alive" | "said" | "spent">,
): Promise<CollectedMessage> {
  const blocks: Record<string, JsonValue>[] = [];
  const json: string[] = [];
  let [model, stop] = ["", null as string | null];
  let usage: Partial<AnthropicSdk.Usage> = {};
  const tell = () => spent({ usage: readUsage(usage), model });
  for await (const event of stream) {
    alive();
    switch (event.type) {
      case "message_start":
        ({ model, usage } = event.message);
        tell();
        break;
      case "content_block_start":
        blocks[event.index] = { ...(event.content_block as unknown as JsonObject) };
        break;
      case "content_block_delta":
        if (event.delta.type === "text_delta") said(event.delta.text);
        if (event.delta.type === "input_json_delta")
          json[event.index] = (json[event.index] ?? "") + event.delta.partial_json;
        else append(blocks[event.index] ?? {}, event.delta as unknown as JsonObject);
        break;
      case "message_delta":
        stop = event.delta.stop_reason ?? stop;
        // What it leaves out stands as it was at the start.
        usage = { ...usage, ...Object.fromEntries(Object.entries(event.usage).filter(([, value]) => value != null)) };
        tell();
        break;
      case "content_block_stop":
      case "message_stop":
    }
  }
  const whole = blocks.map((block, index) => withInput(block, json[index]));
  const calls = whole.flatMap((block, index) => (block["type"] === "tool_use" ? [wireCall(block, json[index])] : []));
  // The API sends empty text now and then, and refuses to take it back.
  const content = whole.filter((block) => block["type"] !== "text" || block["text"] !== "");
  return { model, stop, content, calls, usage: readUsage(usage) };
}

/** Anthropic's `input_tokens` leaves the cache out already. */
function readUsage(usage: Partial<AnthropicSdk.Usage>): TokenUsage {
  return {
    inputTokens: usage.input_tokens ?? 0,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
    outputTokens: usage.output_tokens ?? 0,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
  };
}

/** `thinking_delta` goes to `thinking`, and so on; citations are a list. */
function append(block: Record<string, JsonValue>, delta: JsonObject): void {
  for (const [name, value] of Object.entries(delta)) {
    if (name === "type") continue;
    const before = block[name];
    if (name === "citation")
      block["citations"] = [...((block["citations"] as readonly JsonValue[] | null) ?? []), value];
    else if (name === "signature" || typeof before !== "string") block[name] = value;
    else block[name] = `${before}${value as string}`;
  }
}

function withInput(block: JsonObject, json: string | undefined): JsonObject {
  return json === undefined || !("input" in block) ? block : { ...block, input: toolInput(json) };
}

function wireCall(block: JsonObject, json: string | undefined): WireCall {
  const argumentsJson = json === undefined || json === "" ? JSON.stringify(block["input"]) : json;
  return { id: block["id"] as string, name: block["name"] as string, argumentsJson };
}

/** Arguments as the API takes them back: an object, also where the model wrote something else. */
export function toolInput(argumentsJson: string): JsonObject {
  const value = argumentsJson === "" ? {} : parseJson(argumentsJson);
  return isJsonObject(value) ? value : { INVALID_JSON: argumentsJson };
}
