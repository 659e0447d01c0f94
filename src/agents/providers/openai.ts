import type OpenAiSdk from "openai";
import type { JsonObject, JsonValue } from "../../plan/json.ts";
import type { Provider } from "../provider.ts";
import { callChat } from "./openai-chat.ts";
import { callResponses } from "./openai-responses.ts";
import { explainOpenAiError } from "./openai-errors.ts";

/**
 * OpenAI's Responses API; with `base-url` (Ollama, LM Studio, vLLM…) or `options: {api: chat}` the chat completions that
 * compatible servers speak. Always streamed; no retries of the SDK's own.
 */
export const openai: Provider = {
  kind: "openai",
  async call(request) {
    const { default: OpenAI } = await import("openai");
    const { spec, signal } = request;
    const compatible = spec.baseUrl !== undefined;
    const client: OpenAiSdk = new OpenAI({
      // A local server needs no key, but the SDK does.
      apiKey: compatible && spec.apiKeyEnv === undefined ? "none" : request.apiKey("OPENAI_API_KEY"),
      maxRetries: 0,
      logLevel: "off",
      ...(compatible ? { baseURL: spec.baseUrl } : {}),
    });
    const { api = compatible ? "chat" : "responses", ...options } = (spec.options ?? {}) as JsonObject & {
      api?: JsonValue;
    };
    try {
      return await (api === "chat" ? callChat : callResponses)(client, request, options);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw explainOpenAiError(error, OpenAI);
    }
  },
};
