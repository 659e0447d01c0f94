import type OpenAiSdk from "openai";
import { structuredOutputOf } from "../../plan/capabilities.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { ownRaw } from "../own-raw.ts";
import type { Message, ProviderAnswer, ProviderRequest } from "../provider.ts";
import { resultText } from "../result-text.ts";
import { shapePrompt } from "../shape-prompt.ts";
import { wireId } from "../wire-id.ts";
import { namedShape } from "./call-responses.ts";
import { type Chunk, collectChat } from "./collect-chat.ts";
import { DEFAULT_OPENAI_MODEL } from "./with-openai.ts";

const FORM = "openai-chat";

/** One call of the chat completions API, as compatible servers speak it. */
export async function callChat(
  client: OpenAiSdk,
  request: ProviderRequest,
  options: JsonObject,
): Promise<ProviderAnswer> {
  const { spec, tools, signal, transcript } = request;
  const native = structuredOutputOf(spec) === "native" ? request.schema : undefined;
  const system = shapePrompt(transcript.system, native === undefined ? request.schema : undefined);
  const body = {
    model: spec.model ?? DEFAULT_OPENAI_MODEL,
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      ...(system === undefined ? [] : [{ role: "system", content: system }]),
      ...transcript.messages.flatMap(toMessages),
    ],
    ...(spec.maxTokens === undefined ? {} : { [limitName(spec.baseUrl)]: spec.maxTokens }),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => ({ type: "function", function: { ...tool } })) }),
    ...(native === undefined ? {} : { response_format: { type: "json_schema", json_schema: namedShape(native) } }),
    ...options,
  };
  // Not the SDK's own collector: that one parses the answer as JSON itself, and takes a bad one for a broken stream.
  const stream = (await client.chat.completions.create(body as never, { signal })) as unknown as AsyncIterable<Chunk>;
  const whole = await collectChat(stream, request);
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
    raw: Object.keys(whole.reasoning).length === 0 ? null : whole.reasoning,
    rawForm: FORM,
    usage: whole.usage,
    model: whole.model,
    repliesUsed: request.place.repliesUsed,
  };
}

/** OpenAI's own models know the limit by a new name, all other servers by the old one. */
function limitName(baseUrl: string | undefined): string {
  return baseUrl === undefined ? "max_completion_tokens" : "max_tokens";
}

function toMessages(message: Message): readonly JsonValue[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: message.text }];
    case "assistant": {
      if (message.calls.length === 0) return [{ role: "assistant", content: message.text }];
      // Servers that reason want their reasoning back with the calls that came of it, and only there.
      const reasoning = ownRaw(message, FORM);
      const tool_calls = message.calls.map(({ id, name, argumentsJson }) => ({
        id: wireId(id),
        type: "function",
        function: { name, arguments: argumentsJson },
      }));
      return [{ role: "assistant", content: message.text, ...(isJsonObject(reasoning) ? reasoning : {}), tool_calls }];
    }
    case "tool":
      return message.results.map(({ id, content }) => ({
        role: "tool",
        tool_call_id: wireId(id),
        content: resultText(content),
      }));
  }
}
