import type OpenAiSdk from "openai";
import type { JsonObject, JsonValue } from "../../plan/json.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { NO_TOKENS } from "../../plan/usage.ts";
import type { Message, ProviderAnswer, ProviderRequest } from "../provider.ts";
import { DEFAULT_OPENAI_MODEL } from "./openai-errors.ts";

type Response = OpenAiSdk.Responses.Response;

/** One call of the Responses API; nothing is kept at the provider. */
export async function callResponses(
  client: OpenAiSdk,
  request: ProviderRequest,
  options: JsonObject,
): Promise<ProviderAnswer> {
  const { spec, transcript, tools, schema, signal } = request;
  const body = {
    model: spec.model ?? DEFAULT_OPENAI_MODEL,
    store: false,
    stream: true,
    input: transcript.messages.flatMap(toItems),
    ...(transcript.system === null ? {} : { instructions: transcript.system }),
    ...(spec.maxTokens === undefined ? {} : { max_output_tokens: spec.maxTokens }),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => ({ type: "function", strict: false, ...tool })) }),
    ...(schema === undefined
      ? {}
      : { text: { format: { type: "json_schema", name: "output", schema, strict: false } } }),
    ...options,
  };
  const stream = (await client.responses.create(body as never, { signal })) as unknown as AsyncIterable<{
    type: string;
    response?: Response;
    message?: string;
  }>;
  let final: Response | undefined;
  for await (const event of stream) {
    request.alive();
    if (event.type === "response.completed" || event.type === "response.incomplete") final = event.response;
    if (event.type === "response.failed" || event.type === "error") throw failed(event.response, event.message);
  }
  if (final === undefined) {
    throw new StepFailure("agent/truncated", "the answer's stream ended before the answer did", { retryable: true });
  }
  return readAnswer(final, request);
}

function readAnswer(response: Response, request: ProviderRequest): ProviderAnswer {
  if (response.status === "incomplete") {
    const why = response.incomplete_details?.reason ?? "unknown";
    throw new StepFailure(
      why === "content_filter" ? "agent/refused" : "agent/truncated",
      `the answer is incomplete (${why}); raise \`max-tokens\` of the agent`,
    );
  }
  let text = "";
  const calls = [];
  for (const item of response.output) {
    if (item.type === "function_call") calls.push({ id: item.call_id, name: item.name, argumentsJson: item.arguments });
    if (item.type !== "message") continue;
    for (const part of item.content) {
      if (part.type === "refusal") throw new StepFailure("agent/refused", `the model refused: ${part.refusal}`);
      if (part.type === "output_text") text += part.text;
    }
  }
  const { usage } = response;
  const cached = usage?.input_tokens_details?.cached_tokens ?? 0;
  return {
    text,
    calls,
    raw: response.output as unknown as JsonValue,
    usage:
      usage == null
        ? NO_TOKENS
        : {
            inputTokens: usage.input_tokens - cached,
            cacheReadTokens: cached,
            cacheWriteTokens: 0,
            outputTokens: usage.output_tokens,
            reasoningTokens: usage.output_tokens_details?.reasoning_tokens ?? 0,
          },
    model: response.model,
    repliesUsed: request.place.repliesUsed,
  };
}

function failed(response: Response | undefined, message: string | undefined): StepFailure {
  const why = response?.error?.message ?? message ?? "unknown";
  const limited = response?.error?.code === "rate_limit_exceeded";
  return new StepFailure(limited ? "agent/rate-limited" : "agent/server-error", `the model API failed: ${why}`, {
    retryable: true,
  });
}

function toItems(message: Message): readonly JsonValue[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: message.text }];
    case "assistant":
      return message.raw as readonly JsonValue[];
    case "tool":
      return message.results.map(({ id, content }) => ({
        type: "function_call_output",
        call_id: id,
        output: typeof content === "string" ? content : JSON.stringify(content),
      }));
  }
}
