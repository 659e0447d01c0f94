import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadProvider, providers } from "../../src/agents/registry.ts";
import type { ProviderRequest, Transcript } from "../../src/agents/provider.ts";
import { AGENT_KINDS } from "../../src/language/parse-agent-spec.ts";
import type { AgentSpec } from "../../src/plan/agent-spec.ts";
import { type FakeApi, type Seen, startFakeApi } from "./fake-api.ts";

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

const KEY = "sk-very-secret";

/** Every API that a provider speaks. */
const APIS: readonly {
  readonly name: string;
  readonly spec: (url: string) => AgentSpec;
  readonly cacheWritten: number;
}[] = [
  { name: "anthropic", spec: (url) => ({ kind: "anthropic", baseUrl: url, apiKeyEnv: "K" }), cacheWritten: 3 },
  {
    name: "openai (responses)",
    spec: (url) => ({ kind: "openai", baseUrl: `${url}/v1`, apiKeyEnv: "K", options: { api: "responses" } }),
    cacheWritten: 0,
  },
  {
    name: "openai (chat completions)",
    spec: (url) => ({ kind: "openai", baseUrl: `${url}/v1`, apiKeyEnv: "K" }),
    cacheWritten: 0,
  },
];

const hello: Transcript = { system: "Be brief.", messages: [{ role: "user", text: "Say hello." }] };

async function call(spec: AgentSpec, more: Partial<ProviderRequest> = {}) {
  const provider = await loadProvider(spec.kind);
  return provider.call({
    spec,
    transcript: hello,
    tools: [],
    schema: undefined,
    signal: new AbortController().signal,
    alive: () => undefined,
    apiKey: () => KEY,
    place: { stepPath: "s", stepId: "s", itemIndex: undefined, repliesUsed: 0, attempt: 1 },
    readFile: () => Promise.reject(new Error("no files here")),
    host: {
      projectDir: ".",
      stateDir: ".",
      key: "k",
      env: {},
      lastNote: undefined,
      note: () => undefined,
      servers: [],
      permissions: [],
    },
    ...more,
  });
}

describe.each(APIS)("$name", ({ spec, cacheWritten }) => {
  const ask = (more?: Partial<ProviderRequest>) => call(spec(api.url), more);

  test("one answer takes one request, with the system's words, the prompt and the key", async () => {
    api.script({ text: "Hello." });
    const answer = await ask();
    expect(answer).toMatchObject({ text: "Hello.", calls: [], model: expect.stringContaining("test") });
    expect(api.requests).toHaveLength(1);
    const { body, headers } = api.requests[0] as Seen;
    expect(JSON.stringify(body)).toContain("Be brief.");
    expect(JSON.stringify(body)).toContain("Say hello.");
    expect(body["stream"]).toBe(true);
    expect([headers["x-api-key"], headers["authorization"]].join()).toContain(KEY);
  });

  test("the default model is one that the SDK does not call outdated", async () => {
    const warned = vi.spyOn(console, "warn");
    api.script({ text: "Hello." });
    await ask();
    expect(warned).not.toHaveBeenCalled();
  });

  test("usage comes in one form: what came from the cache is not counted twice", async () => {
    api.script({ text: "Hello." });
    const { usage } = await ask();
    expect(usage).toEqual({
      inputTokens: 11,
      cacheReadTokens: 4,
      cacheWriteTokens: cacheWritten,
      outputTokens: 7,
      reasoningTokens: 2,
    });
  });

  test("tools are offered, calls come back whole, and their results go out with the next turn", async () => {
    const json = '{"id": "1", "deep": {"list": [1, 2]}}';
    const calls = [
      { id: "call-a", name: "mail__read", json },
      { id: "call-b", name: "mail__list", json: "{}" },
    ];
    api.script({ text: "Let me look.", calls }, { text: "Done." });
    const tools = [{ name: "mail__read", description: "Reads a mail", parameters: { type: "object", properties: {} } }];
    const first = await ask({ tools });
    expect(first.calls.map(({ id, name }) => [id, name])).toEqual([
      ["call-a", "mail__read"],
      ["call-b", "mail__list"],
    ]);
    expect(JSON.parse(first.calls[0]?.argumentsJson ?? "")).toEqual(JSON.parse(json));
    const transcript: Transcript = {
      ...hello,
      messages: [
        ...hello.messages,
        { role: "assistant", text: first.text, calls: first.calls, raw: first.raw },
        {
          role: "tool",
          results: [
            { id: "call-a", name: "mail.read", content: { subject: "Lost rows" }, isError: false },
            { id: "call-b", name: "mail.list", content: "no such folder", isError: true },
          ],
        },
      ],
    };
    expect((await ask({ tools, transcript })).text).toBe("Done.");
    expect(JSON.stringify(api.requests[0]?.body)).toContain("Reads a mail");
    const second = JSON.stringify(api.requests[1]?.body);
    for (const part of ["call-a", "call-b", "Lost rows", "no such folder", "mail__read"])
      expect(second).toContain(part);
  });

  test("a declared shape is told to the model", async () => {
    api.script({ text: '{"n": 1}' });
    await ask({ schema: { type: "object", properties: { unusual_field: { type: "integer" } } } });
    expect(JSON.stringify(api.requests[0]?.body)).toContain("unusual_field");
  });

  const failures: readonly [status: number, type: string, headers: Record<string, string>, expected: object][] = [
    [429, "rate_limit", { "retry-after": "2" }, { code: "agent/rate-limited", retryable: true, retryAfterMs: 2000 }],
    [429, "rate_limit", { "retry-after-ms": "150" }, { code: "agent/rate-limited", retryAfterMs: 150 }],
    [429, "insufficient_quota", {}, { code: "agent/quota", retryable: false }],
    [529, "overloaded_error", {}, { code: "agent/overloaded", retryable: true }],
    [503, "unavailable", {}, { code: "agent/overloaded", retryable: true }],
    [500, "api_error", {}, { code: "agent/server-error", retryable: true }],
    [401, "authentication_error", {}, { code: "agent/unauthorized", retryable: false }],
    [403, "permission_error", {}, { code: "agent/unauthorized", retryable: false }],
    [404, "not_found_error", {}, { code: "agent/model-not-found", retryable: false }],
    [400, "invalid_request_error", {}, { code: "agent/bad-request", retryable: false }],
  ];
  test.each(failures)(
    "status %i (%s) is told as what it is, after one request",
    async (status, type, headers, expected) => {
      api.script({ status, type, headers });
      await expect(ask()).rejects.toMatchObject(expected);
      await expect(ask().catch((error: Error) => error.message)).resolves.not.toContain(KEY);
      expect(api.requests).toHaveLength(2);
    },
  );

  test("an answer that was cut off at max-tokens fails for good; a refusal too", async () => {
    api.script({ text: "Hel", stop: "length" }, { stop: "refusal" });
    await expect(ask()).rejects.toMatchObject({ code: "agent/truncated", retryable: false });
    await expect(ask()).rejects.toMatchObject({ code: "agent/refused", retryable: false });
  });

  test("a connection that breaks in the middle of an answer is worth another attempt", async () => {
    api.script({ text: "Hello.", cut: true });
    await expect(ask()).rejects.toMatchObject({
      retryable: true,
      code: expect.stringMatching(/^agent\/(truncated|connection)$/),
    });
    expect(api.requests).toHaveLength(1);
  });

  test("a server that is not there is worth another attempt", async () => {
    await expect(call(spec("http://127.0.0.1:9"))).rejects.toMatchObject({ code: "agent/connection", retryable: true });
  });

  test("a cancel closes the connection at once", async () => {
    api.script({ hang: true });
    const cancel = new AbortController();
    const asked = ask({ signal: cancel.signal });
    asked.catch(() => undefined);
    await expect.poll(() => api.requests.length).toBe(1);
    cancel.abort(new Error("cancelled by test"));
    await expect(asked).rejects.toThrow("cancelled by test");
    await expect.poll(() => api.requests[0]?.aborted, { timeout: 1000 }).toBe(true);
  });
});

describe("the registry", () => {
  test("has every provider of the folder, and the compiler knows each kind", () => {
    const parts = new Set(["openai-chat", "openai-errors", "openai-responses"]);
    const files = readdirSync("src/agents/providers").map((file) => file.replace(".ts", ""));
    expect(Object.keys(providers).sort()).toEqual(files.filter((name) => !parts.has(name)).sort());
    expect([...AGENT_KINDS].sort()).toEqual(Object.keys(providers).sort());
  });

  test.each(Object.keys(providers))("%s says its own name, and an unknown one is refused", async (kind) => {
    expect((await loadProvider(kind)).kind).toBe(kind);
    await expect(loadProvider(`${kind}x`)).rejects.toMatchObject({ code: "agent/unknown-kind" });
  });
});
