import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadProvider, providers } from "../../src/agents/registry.ts";
import type { ProviderRequest, Spent, Transcript } from "../../src/agents/provider.ts";
import { AGENT_KINDS, agentKinds } from "../../src/language/agent-kinds.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { programSettings } from "../../src/plan/programs.ts";
import { APIS, callProvider, HELLO as hello, KEY, requestOf, saidBy } from "./apis.ts";
import { type FakeApi, type Seen, startFakeApi } from "./fake-api.ts";

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

describe.each(APIS)("$name", ({ spec, cacheWritten, reasoning }) => {
  const ask = (more?: Partial<ProviderRequest>) => callProvider(spec(api.url), more);

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
    const json = '{"id": "1", "deep": {"list": [1, 2]}, "big": 12345678901234567890}';
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
    expect(first.calls[0]?.argumentsJson).toBe(json);
    const transcript: Transcript = {
      ...hello,
      messages: [
        ...hello.messages,
        saidBy(first),
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

  const shape = (more: JsonObject = {}): JsonObject => ({
    type: "object",
    properties: { risk: { type: "string", enum: ["low", "high"] }, ...more },
    required: ["risk", ...Object.keys(more)],
    additionalProperties: false,
  });
  const formatOf = (body: JsonObject | undefined) => {
    const { output_config, text, response_format } = (body ?? {}) as { [name: string]: { [name: string]: JsonObject } };
    return (output_config ?? text)?.["format"] ?? response_format?.["json_schema"];
  };

  test("a declared shape is kept to by the API itself, strictly where it can be said so", async () => {
    api.script({ text: "{}" });
    await ask({ schema: shape({ tags: { type: "array", items: { type: "string" } } }) });
    const format = formatOf(api.requests[0]?.body);
    expect(format?.["schema"]).toEqual(shape({ tags: { type: "array", items: { type: "string" } } }));
    expect(format?.["strict"] ?? true).toBe(true);
  });

  test("a shape that the API cannot keep to strictly is still told whole", async () => {
    api.script({ text: "{}" });
    const odd = shape({ code: { type: "string", minLength: 3, maxLength: 9 } });
    await ask({ schema: odd });
    const format = formatOf(api.requests[0]?.body);
    expect(format?.["strict"] ?? false).toBe(false);
    expect(JSON.stringify(format ?? api.requests[0]?.body["system"])).toContain("minLength");
  });

  test("a model that is said to be told in words is told in words", async () => {
    api.script({ text: "{}" });
    await callProvider({ ...spec(api.url), capabilities: { "structured-output": "prompted" } }, { schema: shape() });
    const { body } = api.requests[0] as Seen;
    expect(formatOf(body)).toBeUndefined();
    expect(JSON.stringify(body)).toContain("fits this JSON Schema");
  });

  test("what it says is told as it comes, and no reasoning among it", async () => {
    const heard: string[] = [];
    api.script({ thinking: "Hm, so", pieces: ["Once ", "upon ", "a time."] });
    const { text } = await ask({ said: (delta) => heard.push(delta) });
    expect(heard).toEqual(["Once ", "upon ", "a time."]);
    expect(text).toBe("Once upon a time.");
  });

  test("reasoning goes back unchanged with the results of the calls that came of it", async () => {
    api.script(
      { thinking: "Hm, so", text: "Wait.", calls: [{ id: "c1", name: "mail__list", json: "{}" }] },
      { text: "Done." },
    );
    const first = await ask();
    const results = [{ id: "c1", name: "mail.list", content: [], isError: false }];
    const transcript = { ...hello, messages: [...hello.messages, saidBy(first), { role: "tool" as const, results }] };
    await ask({ transcript });
    const second = JSON.stringify(api.requests[1]?.body);
    for (const part of reasoning) expect(second).toContain(part);
  });

  test("arguments that are no JSON come as they are, and the conversation goes on", async () => {
    api.script({ calls: [{ id: "c1", name: "mail__read", json: '{"id": ' }] }, { text: "Sorry." });
    const first = await ask();
    expect(first.calls[0]?.argumentsJson).toBe('{"id": ');
    const results = [{ id: "c1", name: "mail.read", content: "the arguments are not JSON", isError: true }];
    const transcript = { ...hello, messages: [...hello.messages, saidBy(first), { role: "tool" as const, results }] };
    expect((await ask({ transcript })).text).toBe("Sorry.");
  });

  test("an empty answer can be followed by a word of ours", async () => {
    api.script({ text: "" }, { text: "Here." });
    const messages = [...hello.messages, saidBy(await ask()), { role: "user" as const, text: "Answer." }];
    expect((await ask({ transcript: { ...hello, messages } })).text).toBe("Here.");
  });

  test.each([
    ["in many events", false],
    ["in one event without end", true],
  ])("an answer of 200 MB %s is broken off, in bounded memory", async (_, flat) => {
    api.script({ flood: { bytes: 200 * 1024 * 1024, flat } });
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
    try {
      await expect(ask()).rejects.toMatchObject({ code: "agent/answer-too-large", retryable: false });
    } finally {
      clearInterval(watch);
    }
    await expect.poll(() => api.requests[0]?.aborted, { timeout: 2000 }).toBe(true);
    expect((most - before) / 1024 / 1024).toBeLessThan(400);
  });

  test.each([
    ["overloaded_error", "agent/overloaded", true],
    ["rate_limit_error", "agent/rate-limited", true],
    ["insufficient_quota", "agent/quota", false],
    ["never_heard_of", "agent/server-error", true],
  ])("%s in the middle of an answer is told as what it is", async (streamError, code, retryable) => {
    api.script({ text: "Once upon", streamError });
    await expect(ask()).rejects.toMatchObject({ code, retryable });
    expect(api.requests).toHaveLength(1);
  });

  test("a check finds out without a model call whether one could succeed", async () => {
    const check = async (more: object = {}) => {
      const request = requestOf({ ...spec(api.url), model: "llama-test", ...more });
      return (await loadProvider(request.spec, request)).check?.(request);
    };
    await expect(check()).resolves.toBeUndefined();
    await expect(check({ model: "no-such-model" })).rejects.toMatchObject({ code: "agent/model-not-found" });
    api.script({ status: 401, type: "authentication_error" });
    await expect(check()).rejects.toMatchObject({ code: "agent/unauthorized" });
    await expect(check({ baseUrl: "http://127.0.0.1:9" })).rejects.toMatchObject({ code: "agent/connection" });
    expect(api.requests).toHaveLength(3);
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
    [400, "model_not_found", {}, { code: "agent/model-not-found", retryable: false }],
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

  test.each([
    ["was cut off at max-tokens", { text: "Hel", stop: "length" }, "agent/truncated"],
    ["is a refusal", { stop: "refusal" }, "agent/refused"],
  ] as const)("an answer that %s fails for good, and tells what it used", async (_, reply, code) => {
    api.script(reply);
    const told: Spent[] = [];
    const asked = ask({ spent: (now) => void told.push(now) });
    await expect(asked).rejects.toMatchObject({ code, retryable: false });
    const usage = { inputTokens: 11, cacheReadTokens: 4, cacheWriteTokens: cacheWritten, outputTokens: 7 };
    expect(told.at(-1)).toEqual({ usage: { ...usage, reasoningTokens: 2 }, model: expect.stringContaining("test") });
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
    await expect(callProvider(spec("http://127.0.0.1:9"))).rejects.toMatchObject({
      code: "agent/connection",
      retryable: true,
    });
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
  const load = (kind: string) => loadProvider({ kind }, requestOf({ kind }));

  test("has every provider of the folder, and the compiler knows each kind", () => {
    const files = readdirSync("src/agents/providers").map((file) => file.replace(".ts", ""));
    expect(Object.keys(providers).sort()).toEqual(files.sort());
    expect([...AGENT_KINDS].sort()).toEqual(Object.keys(providers).sort());
  });

  test("every provider that has an address is put through this suite", () => {
    const withAddress = AGENT_KINDS.filter(
      (kind) => agentKinds[kind]?.keys.includes("base-url") && programSettings(kind) === undefined,
    );
    expect([...new Set(APIS.map(({ spec }) => spec("").kind))].sort()).toEqual(withAddress.sort());
  });

  test.each(Object.keys(providers))("%s says its own name, and an unknown one is refused", async (kind) => {
    expect((await load(kind)).kind).toBe(kind);
    await expect(load(`${kind}x`)).rejects.toMatchObject({ code: "agent/unknown-kind" });
  });
});

describe("a compatible server", () => {
  test("that tells no usage is not taken for one that used nothing", async () => {
    api.script({ text: "Hello.", silent: true });
    const spec = { kind: "openai-compatible", model: "llama-test", baseUrl: `${api.url}/v1` };
    expect(await callProvider(spec)).toMatchObject({ text: "Hello.", usage: undefined });
  });

  test("needs no key, and is never given one of OpenAI", async () => {
    api.script({ text: "Hello." });
    vi.stubEnv("OPENAI_API_KEY", KEY).stubEnv("OPENAI_ORG_ID", "org-secret");
    const apiKey = () => {
      throw new Error("nobody asks for a key");
    };
    try {
      await callProvider({ kind: "openai-compatible", baseUrl: `${api.url}/v1`, model: "llama-test" }, { apiKey });
    } finally {
      vi.unstubAllEnvs();
    }
    expect(JSON.stringify(api.requests[0]?.headers)).not.toMatch(/very-secret|org-secret/);
  });
});
