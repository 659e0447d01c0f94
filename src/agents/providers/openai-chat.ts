import type OpenAiSdk from "openai";
import type { JsonObject, JsonValue } from "../../plan/json.ts";
import type { TokenUsage } from "../../plan/report.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { NO_TOKENS } from "../../plan/usage.ts";
import type { Message, ProviderAnswer, ProviderRequest, WireCall } from "../provider.ts";
import { DEFAULT_OPENAI_MODEL } from "./openai-errors.ts";

type Chunk = OpenAiSdk.Chat.Completions.ChatCompletionChunk;

/** One call of the chat completions API, as compatible servers speak it. */
export async function callChat(
  client: OpenAiSdk,
  request: ProviderRequest,
  options: JsonObject,
): Promise<ProviderAnswer> {
  const { spec, tools, schema, signal } = request;
  const body = {
    model: spec.model ?? DEFAULT_OPENAI_MODEL,
    stream: true,
    stream_options: { include_usage: true },
    messages: [...systemMessages(request), ...request.transcript.messages.flatMap(toMessages)],
    ...(spec.maxTokens === undefined ? {} : { max_tokens: spec.maxTokens }),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => ({ type: "function", function: { ...tool } })) }),
    ...(schema === undefined
      ? {}
      : { response_format: { type: "json_schema", json_schema: { name: "output", schema } } }),
    ...options,
  };
  // Not the SDK's own collector: that one parses the answer as JSON itself, and takes a bad one for a broken stream.
  const stream = (await client.chat.completions.create(body as never, { signal })) as unknown as AsyncIterable<Chunk>;
  const whole = await collect(stream, request.alive);
  if (whole.finish === null) {
    throw new StepFailure("agent/truncated", "the answer's stream ended before the answer did", { retryable: true });
  }
  if (whole.finish === "length") {
    throw new StepFailure("agent/truncated", "the answer was cut off at max-tokens; raise `max-tokens` of the agent");
  }
  if (whole.refusal !== "" || whole.finish === "content_filter") {
    throw new StepFailure("agent/refused", `the model refused: ${whole.refusal || whole.finish}`);
  }
  return {
    text: whole.text,
    calls: whole.calls,
    raw: null,
    usage: readUsage(whole.usage),
    model: whole.model,
    repliesUsed: request.place.repliesUsed,
  };
}

/** Puts the pieces of a streamed answer together. */
async function collect(stream: AsyncIterable<Chunk>, alive: () => void) {
  const calls: WireCall[] = [];
  let [text, refusal, model] = ["", "", ""];
  let finish: string | null = null;
  let usage: Chunk["usage"];
  for await (const chunk of stream) {
    alive();
    ({ model } = chunk);
    usage = chunk.usage ?? usage;
    const [choice] = chunk.choices;
    if (choice === undefined) continue;
    finish = choice.finish_reason ?? finish;
    text += choice.delta.content ?? "";
    refusal += choice.delta.refusal ?? "";
    for (const { index, id, function: part } of choice.delta.tool_calls ?? []) {
      const { id: known = "", name = "", argumentsJson = "" } = calls[index] ?? {};
      calls[index] = {
        id: known || (id ?? ""),
        name: name + (part?.name ?? ""),
        argumentsJson: argumentsJson + (part?.arguments ?? ""),
      };
    }
  }
  return { text, refusal, model, finish, usage, calls: calls.filter((call) => call !== undefined) };
}

function readUsage(usage: Chunk["usage"]): TokenUsage {
  if (usage == null) return NO_TOKENS;
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
  return {
    inputTokens: usage.prompt_tokens - cached,
    cacheReadTokens: cached,
    cacheWriteTokens: 0,
    outputTokens: usage.completion_tokens,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

function systemMessages({ transcript }: ProviderRequest): readonly JsonValue[] {
  return transcript.system === null ? [] : [{ role: "system", content: transcript.system }];
}

function toMessages(message: Message): readonly JsonValue[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: message.text }];
    case "assistant":
      return [
        {
          role: "assistant",
          content: message.text,
          ...(message.calls.length === 0
            ? {}
            : {
                tool_calls: message.calls.map(({ id, name, argumentsJson }) => ({
                  id,
                  type: "function",
                  function: { name, arguments: argumentsJson },
                })),
              }),
        },
      ];
    case "tool":
      return message.results.map(({ id, content }) => ({
        role: "tool",
        tool_call_id: id,
        content: typeof content === "string" ? content : JSON.stringify(content),
      }));
  }
}
