import Anthropic from "@anthropic-ai/sdk";
import { structuredOutputOf } from "../../plan/capabilities.ts";
import { DEFAULT_MODELS } from "../../plan/default-models.ts";
import type { JsonObject, JsonValue } from "../../plan/json.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { type CollectedMessage, collectMessage, toolInput } from "../anthropic/collect-message.ts";
import { explainAnthropicError } from "../anthropic/explain-anthropic-error.ts";
import { createBoundedFetch, NO_TIMEOUT_MS } from "../bounded-fetch.ts";
import { ownRaw } from "../own-raw.ts";
import type { CheckRequest, Message, Provider, ProviderAnswer, ProviderRequest } from "../provider.ts";
import { resultText } from "../result-text.ts";
import { shapePrompt } from "../shape-prompt.ts";
import { ANTHROPIC_STRICT, strictSchema } from "../strict-schema.ts";
import { wireId } from "../wire-id.ts";

const DEFAULT_MODEL = DEFAULT_MODELS["anthropic"] as string;
const DEFAULT_MAX_TOKENS = 8192;
const FORM = "anthropic";

/** Claude through its Messages API, always streamed; no retries of the SDK's own. */
export const anthropic: Provider = {
  kind: "anthropic",
  call: (request) =>
    withAnthropic(request, async (client) => {
      const stream = await client.messages.create(
        bodyOf(request) as unknown as Anthropic.MessageCreateParamsStreaming,
        {
          signal: request.signal,
        },
      );
      return readAnswer(await collectMessage(stream, request), request);
    }),
  check: (request) =>
    withAnthropic(request, async (client) => {
      await client.models.retrieve(request.spec.model ?? DEFAULT_MODEL, undefined, { signal: request.signal });
    }),
};

async function withAnthropic<T>(request: CheckRequest, work: (client: Anthropic) => Promise<T>): Promise<T> {
  const { spec, signal } = request;
  const bounded = createBoundedFetch();
  const client = new Anthropic({
    apiKey: request.apiKey("ANTHROPIC_API_KEY"),
    // A token that lies in the environment would go along with the key.
    authToken: null,
    maxRetries: 0,
    timeout: NO_TIMEOUT_MS,
    logLevel: "off",
    fetch: bounded.fetch,
    ...(spec.baseUrl === undefined ? {} : { baseURL: spec.baseUrl }),
  });
  try {
    return await work(client);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw bounded.failure() ?? explainAnthropicError(error);
  }
}

function bodyOf({ spec, transcript, tools, schema }: ProviderRequest): JsonObject {
  const native =
    schema !== undefined && structuredOutputOf(spec) === "native" ? strictSchema(schema, ANTHROPIC_STRICT) : undefined;
  const system = shapePrompt(transcript.system, native === undefined ? schema : undefined);
  const offered = tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters }));
  return {
    model: spec.model ?? DEFAULT_MODEL,
    max_tokens: spec.maxTokens ?? DEFAULT_MAX_TOKENS,
    stream: true,
    messages: transcript.messages.map(toMessage),
    ...(system === undefined ? {} : { system }),
    // Whoever has tools comes again with the same beginning: it is read from the cache, at a tenth of the price.
    ...(tools.length === 0 ? {} : { tools: offered, cache_control: { type: "ephemeral" } }),
    ...(native === undefined ? {} : { output_config: { format: { type: "json_schema", schema: native } } }),
    ...spec.options,
  };
}

function toMessage(message: Message): JsonObject {
  switch (message.role) {
    case "user":
      return { role: "user", content: message.text };
    case "assistant":
      return { role: "assistant", content: ownRaw(message, FORM) ?? anew(message) };
    case "tool":
      return {
        role: "user",
        content: message.results.map(({ id, content, isError }) => ({
          type: "tool_result",
          tool_use_id: wireId(id),
          content: resultText(content),
          is_error: isError,
        })),
      };
  }
}

/** What another API's model said. An empty message is refused, so one that says nothing says so. */
function anew({ text, calls }: Message & { readonly role: "assistant" }): readonly JsonValue[] {
  const said = text === "" && calls.length === 0 ? "(no answer)" : text;
  return [
    ...(said === "" ? [] : [{ type: "text", text: said }]),
    ...calls.map(({ id, name, argumentsJson }) => ({
      type: "tool_use",
      id: wireId(id),
      name,
      input: toolInput(argumentsJson),
    })),
  ];
}

function readAnswer(
  { model, stop, content, calls, usage }: CollectedMessage,
  request: ProviderRequest,
): ProviderAnswer {
  switch (stop) {
    case null:
      throw new StepFailure("agent/truncated", "the answer's stream ended before the answer did", { retryable: true });
    case "max_tokens":
      throw new StepFailure("agent/truncated", "the answer was cut off at max-tokens; raise `max-tokens` of the agent");
    case "model_context_window_exceeded":
      throw new StepFailure("agent/truncated", "the conversation has outgrown what the model can hold");
    case "pause_turn":
      throw new StepFailure("agent/truncated", "the API paused in the middle of its answer, in a tool of its own");
    case "refusal":
      throw new StepFailure("agent/refused", "the model refused to answer");
  }
  return {
    text: content.map((block) => (block["type"] === "text" ? (block["text"] as string) : "")).join(""),
    calls,
    raw: content.length === 0 ? null : content,
    rawForm: FORM,
    usage,
    model,
    repliesUsed: request.place.repliesUsed,
  };
}
