import type OpenAiSdk from "openai";
import { structuredOutputOf } from "../../plan/capabilities.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import type { TokenUsage } from "../../plan/report.ts";
import { streamFailure } from "../api-failure.ts";
import { ownRaw } from "../own-raw.ts";
import type { Message, OfferedTool, ProviderAnswer, ProviderRequest } from "../provider.ts";
import { resultText } from "../result-text.ts";
import { shapePrompt } from "../shape-prompt.ts";
import { OPENAI_STRICT, strictSchema } from "../strict-schema.ts";
import { wireId } from "../wire-id.ts";
import { DEFAULT_OPENAI_MODEL } from "./with-openai.ts";

type Response = OpenAiSdk.Responses.Response;

const FORM = "openai-responses";
const ID = /^.{1,64}$/s;
/** Models that do not reason refuse to be asked for their reasoning. */
const NOT_REASONING = /^(gpt-3|gpt-4|chatgpt)/;

/** One call of the Responses API; nothing is kept at the provider, so reasoning travels with the conversation, encrypted. */
export async function callResponses(
  client: OpenAiSdk,
  request: ProviderRequest,
  options: JsonObject,
): Promise<ProviderAnswer> {
  const { spec, transcript, tools, signal } = request;
  const model = spec.model ?? DEFAULT_OPENAI_MODEL;
  const native = structuredOutputOf(spec) === "native" ? request.schema : undefined;
  const instructions = shapePrompt(transcript.system, native === undefined ? request.schema : undefined);
  const body = {
    model,
    store: false,
    stream: true,
    input: transcript.messages.flatMap(toItems),
    ...(NOT_REASONING.test(model) ? {} : { include: ["reasoning.encrypted_content"] }),
    ...(instructions === undefined ? {} : { instructions }),
    ...(spec.maxTokens === undefined ? {} : { max_output_tokens: spec.maxTokens }),
    ...(tools.length === 0 ? {} : { tools: tools.map(toTool) }),
    ...(native === undefined ? {} : { text: { format: { type: "json_schema", ...namedShape(native) } } }),
    ...options,
  };
  const stream = (await client.responses.create(body as never, { signal })) as unknown as AsyncIterable<{
    type: string;
    response?: Response;
    delta?: string;
    message?: string;
    code?: string;
  }>;
  let final: Response | undefined;
  for await (const event of stream) {
    request.alive();
    // Also of an answer that fails or is cut off, which is billed as well.
    if (event.response?.usage != null)
      request.spent({ usage: readUsage(event.response.usage), model: event.response.model });
    if (event.type === "response.output_text.delta") request.said(event.delta ?? "");
    if (event.type === "response.completed" || event.type === "response.incomplete") final = event.response;
    if (event.type === "response.failed" || event.type === "error") {
      const { code = event.code, message = event.message } = event.response?.error ?? {};
      throw streamFailure(code, message ?? "unknown");
    }
  }
  if (final === undefined) {
    throw new StepFailure("agent/truncated", "the answer's stream ended before the answer did", { retryable: true });
  }
  return readAnswer(final, request);
}

/** A declared shape as OpenAI takes it: strict where that can be said. */
export function namedShape(schema: JsonObject): JsonObject {
  const strict = strictSchema(schema, OPENAI_STRICT);
  return { name: "output", schema: strict ?? schema, strict: strict !== undefined };
}

function toTool({ name, description, parameters }: OfferedTool): JsonObject {
  const strict = strictSchema(parameters, OPENAI_STRICT);
  return { type: "function", name, description, parameters: strict ?? parameters, strict: strict !== undefined };
}

function readAnswer(response: Response, request: ProviderRequest): ProviderAnswer {
  if (response.status === "incomplete") {
    const why = response.incomplete_details?.reason ?? "unknown";
    if (why === "content_filter") throw new StepFailure("agent/refused", "the answer was held back by a filter");
    throw new StepFailure("agent/truncated", `the answer is incomplete (${why}); raise \`max-tokens\` of the agent`);
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
  return {
    text,
    calls,
    raw: response.output as unknown as JsonValue,
    rawForm: FORM,
    usage: usage == null ? undefined : readUsage(usage),
    model: response.model,
    repliesUsed: request.place.repliesUsed,
  };
}

function readUsage(usage: NonNullable<Response["usage"]>): TokenUsage {
  const cached = usage.input_tokens_details?.cached_tokens ?? 0;
  return {
    inputTokens: usage.input_tokens - cached,
    cacheReadTokens: cached,
    cacheWriteTokens: 0,
    outputTokens: usage.output_tokens,
    reasoningTokens: usage.output_tokens_details?.reasoning_tokens ?? 0,
  };
}

function toItems(message: Message): readonly JsonValue[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: message.text }];
    case "assistant": {
      const raw = ownRaw(message, FORM);
      if (Array.isArray(raw)) return raw.filter((item) => !isLostReasoning(item as JsonValue)) as readonly JsonValue[];
      return [
        ...(message.text === "" ? [] : [{ role: "assistant", content: message.text }]),
        ...message.calls.map(({ id, name, argumentsJson }) => ({
          type: "function_call",
          call_id: wireId(id, ID),
          name,
          arguments: argumentsJson,
        })),
      ];
    }
    case "tool":
      return message.results.map(({ id, content }) => ({
        type: "function_call_output",
        call_id: wireId(id, ID),
        output: resultText(content),
      }));
  }
}

/** Reasoning of which only the id is here: the provider has kept nothing, and refuses what it cannot find. */
function isLostReasoning(item: JsonValue): boolean {
  return isJsonObject(item) && item["type"] === "reasoning" && item["encrypted_content"] == null;
}
