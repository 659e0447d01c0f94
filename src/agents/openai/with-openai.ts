import { DEFAULT_MODELS } from "../../plan/default-models.ts";
import OpenAI from "openai";
import { createBoundedFetch, NO_TIMEOUT_MS } from "../bounded-fetch.ts";
import type { CheckRequest } from "../provider.ts";
import { explainOpenAiError } from "./explain-openai-error.ts";

/** Used where an agent names no model. */
export const DEFAULT_OPENAI_MODEL = DEFAULT_MODELS["openai"] as string;

/** Lets `work` use the SDK's client, whose own retries are off. Throws `StepFailure` for whatever the SDK throws. */
export async function withOpenAi<T>(request: CheckRequest, work: (client: OpenAI) => Promise<T>): Promise<T> {
  const { spec, signal } = request;
  const bounded = createBoundedFetch();
  // A local server needs no key, but the SDK does; a key that was set for OpenAI goes to nobody else.
  const stranger = spec.baseUrl !== undefined;
  const client = new OpenAI({
    apiKey: stranger && spec.apiKeyEnv === undefined ? "none" : request.apiKey("OPENAI_API_KEY"),
    maxRetries: 0,
    timeout: NO_TIMEOUT_MS,
    logLevel: "off",
    fetch: bounded.fetch,
    ...(stranger ? { baseURL: spec.baseUrl, organization: null, project: null } : {}),
  });
  try {
    return await work(client);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw bounded.failure() ?? explainOpenAiError(error);
  }
}
