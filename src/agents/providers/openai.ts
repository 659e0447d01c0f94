import type { JsonObject, JsonValue } from "../../plan/json.ts";
import { callChat } from "../openai/call-chat.ts";
import { callResponses } from "../openai/call-responses.ts";
import { DEFAULT_OPENAI_MODEL, withOpenAi } from "../openai/with-openai.ts";
import type { Provider } from "../provider.ts";

/**
 * OpenAI's Responses API. With a `base-url`, or `options: {api: chat}`, the chat completions of it; a server that is not
 * OpenAI's is better described as `openai-compatible`.
 */
export const openai: Provider = {
  kind: "openai",
  call(request) {
    const { spec } = request;
    const { api = spec.baseUrl === undefined ? "responses" : "chat", ...options } = (spec.options ??
      {}) as JsonObject & {
      api?: JsonValue;
    };
    return withOpenAi(request, (client) => (api === "chat" ? callChat : callResponses)(client, request, options));
  },
  check: (request) =>
    withOpenAi(request, async (client) => {
      await client.models.retrieve(request.spec.model ?? DEFAULT_OPENAI_MODEL, { signal: request.signal });
    }),
};
