import type OpenAiSdk from "openai";
import type { JsonObject, JsonValue } from "../../plan/json.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { NO_USAGE } from "../no-usage.ts";
import type { Message, ProviderAnswer, ProviderRequest } from "../provider.ts";
import { DEFAULT_OPENAI_MODEL } from "./openai-errors.ts";

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
  const stream = client.chat.completions.stream(body as never, { signal });
  stream.on("chunk", request.alive);
  const completion = await stream.finalChatCompletion();
  const choice = completion.choices[0];
  if (choice === undefined) throw new StepFailure("agent/truncated", "the answer has no content", { retryable: true });
  if (choice.finish_reason === "length") {
    throw new StepFailure("agent/truncated", "the answer was cut off at max-tokens; raise `max-tokens` of the agent");
  }
  const { message } = choice;
  if (message.refusal) throw new StepFailure("agent/refused", `the model refused: ${message.refusal}`);
  const { usage } = completion;
  const cached = usage?.prompt_tokens_details?.cached_tokens ?? 0;
  return {
    text: message.content ?? "",
    calls: (message.tool_calls ?? []).flatMap((call) =>
      "function" in call ? [{ id: call.id, name: call.function.name, argumentsJson: call.function.arguments }] : [],
    ),
    raw: null,
    usage:
      usage == null
        ? NO_USAGE
        : {
            inputTokens: usage.prompt_tokens - cached,
            cacheReadTokens: cached,
            cacheWriteTokens: 0,
            outputTokens: usage.completion_tokens,
            reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
          },
    model: completion.model,
    repliesUsed: request.place.repliesUsed,
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
