// Every API of models that a provider speaks, and one call of it, for the suites that run over all of them.
import { loadProvider } from "../../src/agents/registry.ts";
import type { AgentHost, ProviderAnswer, ProviderRequest, Transcript } from "../../src/agents/provider.ts";
import type { AgentSpec } from "../../src/plan/agent-spec.ts";

/** The key that every call uses. */
export const KEY = "sk-very-secret";

/** One API of one provider. */
export interface Api {
  readonly name: string;
  readonly spec: (url: string) => AgentSpec;
  /** Tokens that the fake says it wrote into a cache; not every API tells. */
  readonly cacheWritten: number;
  /** What of its reasoning goes back unchanged. */
  readonly reasoning: readonly string[];
}

/** All of them. */
export const APIS: readonly Api[] = [
  {
    name: "anthropic",
    spec: (url) => ({ kind: "anthropic", baseUrl: url, apiKeyEnv: "K" }),
    cacheWritten: 3,
    reasoning: ['{"type":"thinking","thinking":"Hm, so","signature":"signed Hm, so"}', '"data":"sealed Hm, so"'],
  },
  {
    name: "openai",
    spec: (url) => ({ kind: "openai", baseUrl: `${url}/v1`, apiKeyEnv: "K", options: { api: "responses" } }),
    cacheWritten: 0,
    reasoning: ['"encrypted_content":"sealed Hm, so"'],
  },
  {
    name: "openai (chat completions)",
    spec: (url) => ({ kind: "openai", baseUrl: `${url}/v1`, apiKeyEnv: "K" }),
    cacheWritten: 0,
    reasoning: ['"reasoning_content":"Hm, so"'],
  },
  {
    name: "openai-compatible",
    spec: (url) => ({ kind: "openai-compatible", model: "llama-test", baseUrl: `${url}/v1`, apiKeyEnv: "K" }),
    cacheWritten: 0,
    reasoning: ['"reasoning_content":"Hm, so"'],
  },
];

/** A conversation that has just begun. */
export const HELLO: Transcript = { system: "Be brief.", messages: [{ role: "user", text: "Say hello." }] };

const HOST: AgentHost = {
  projectDir: ".",
  stateDir: ".",
  key: "k",
  env: {},
  lastNote: undefined,
  note: () => undefined,
  mask: (text) => text,
  permissions: [],
};

/** A whole request. */
export function requestOf(spec: AgentSpec, more: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    spec,
    transcript: HELLO,
    tools: [],
    schema: undefined,
    signal: new AbortController().signal,
    alive: () => undefined,
    said: () => undefined,
    spent: () => undefined,
    ownCalls: { before: [], make: () => Promise.reject(new Error("there are no tools here")) },
    apiKey: () => KEY,
    place: { stepPath: "s", stepId: "s", itemIndex: undefined, repliesUsed: 0, attempt: 1 },
    readFile: () => Promise.reject(new Error("no files here")),
    host: HOST,
    ...more,
  };
}

/** One call. */
export async function callProvider(spec: AgentSpec, more: Partial<ProviderRequest> = {}): Promise<ProviderAnswer> {
  const request = requestOf(spec, more);
  return (await loadProvider(spec, request)).call(request);
}

/** What an assistant said, as the conversation keeps it. */
export function saidBy({ text, calls, raw, rawForm }: ProviderAnswer): Transcript["messages"][number] {
  return { role: "assistant", text, calls, raw, ...(rawForm === undefined ? {} : { rawForm }) };
}
