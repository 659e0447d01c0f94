import type AnthropicSdk from "@anthropic-ai/sdk";
import { DEFAULT_MODELS } from "../../plan/default-models.ts";
import type { JsonValue } from "../../plan/json.ts";
import type { TokenUsage } from "../../plan/report.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { apiFailure, readRetryAfter } from "../api-failure.ts";
import type { Message, Provider, ProviderAnswer, ProviderRequest } from "../provider.ts";

const DEFAULT_MODEL = DEFAULT_MODELS["anthropic"] as string;
const DEFAULT_MAX_TOKENS = 8192;

/** Claude through its Messages API, always streamed; no retries of the SDK's own. */
export const anthropic: Provider = {
  kind: "anthropic",
  async call(request) {
    const { default: Anthropic } = await import("@anthropic-ai/sdk");
    const { spec, transcript, tools, signal } = request;
    const client = new Anthropic({
      apiKey: request.apiKey("ANTHROPIC_API_KEY"),
      maxRetries: 0,
      logLevel: "off",
      ...(spec.baseUrl === undefined ? {} : { baseURL: spec.baseUrl }),
    });
    const body = {
      model: spec.model ?? DEFAULT_MODEL,
      max_tokens: spec.maxTokens ?? DEFAULT_MAX_TOKENS,
      messages: transcript.messages.map(toMessage),
      ...systemPart(request),
      ...(tools.length === 0
        ? {}
        : {
            tools: tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
          }),
      ...spec.options,
    } as unknown as AnthropicSdk.MessageStreamParams;
    try {
      const stream = client.messages.stream(body, { signal });
      stream.on("streamEvent", request.alive);
      return readAnswer(await stream.finalMessage(), request);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw explain(error, Anthropic);
    }
  },
};

function systemPart({ transcript, schema }: ProviderRequest): { system?: string } {
  const shape =
    schema === undefined
      ? undefined
      : `Answer with one JSON value that fits this JSON Schema, and nothing else:\n${JSON.stringify(schema)}`;
  const system = [transcript.system, shape].filter((part) => part != null).join("\n\n");
  return system === "" ? {} : { system };
}

function toMessage(message: Message): JsonValue {
  switch (message.role) {
    case "user":
      return { role: "user", content: message.text };
    case "assistant":
      return { role: "assistant", content: message.raw };
    case "tool":
      return {
        role: "user",
        content: message.results.map(({ id, content, isError }) => ({
          type: "tool_result",
          tool_use_id: id,
          content: typeof content === "string" ? content : JSON.stringify(content),
          is_error: isError,
        })),
      };
  }
}

function readAnswer(message: AnthropicSdk.Message, request: ProviderRequest): ProviderAnswer {
  if (message.stop_reason === "max_tokens") {
    throw new StepFailure("agent/truncated", "the answer was cut off at max-tokens; raise `max-tokens` of the agent");
  }
  if (message.stop_reason === "refusal") throw new StepFailure("agent/refused", "the model refused to answer");
  if (message.stop_reason === null) {
    throw new StepFailure("agent/truncated", "the answer's stream ended before the answer did", { retryable: true });
  }
  const text = message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  const calls = message.content.flatMap((block) =>
    block.type === "tool_use" ? [{ id: block.id, name: block.name, argumentsJson: JSON.stringify(block.input) }] : [],
  );
  return {
    text,
    calls,
    raw: message.content as unknown as JsonValue,
    usage: readUsage(message.usage),
    model: message.model,
    repliesUsed: request.place.repliesUsed,
  };
}

/** Anthropic's `input_tokens` leaves the cache out already. */
function readUsage(usage: AnthropicSdk.Usage): TokenUsage {
  return {
    inputTokens: usage.input_tokens,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
    outputTokens: usage.output_tokens,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
  };
}

function explain(error: unknown, Anthropic: typeof AnthropicSdk): unknown {
  if (error instanceof StepFailure || !(error instanceof Error)) return error;
  if (error instanceof Anthropic.APIError && error.status !== undefined) {
    const body = error.error as { error?: { type?: string; message?: string } } | undefined;
    return apiFailure({
      status: error.status,
      type: body?.error?.type,
      message: body?.error?.message ?? error.message,
      retryAfterMs: readRetryAfter((name) => error.headers?.get(name), Date.now()),
      requestId: error.requestID ?? undefined,
    });
  }
  if (/stream|ended|terminated|JSON/i.test(error.message) && !(error instanceof Anthropic.APIConnectionError)) {
    return new StepFailure("agent/truncated", `the answer's stream broke: ${error.message}`, { retryable: true });
  }
  return apiFailure({ status: undefined, message: error.message });
}
