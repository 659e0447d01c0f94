import { afterEach, expect, test } from "vitest";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { type ServedTools, serveTools } from "../../src/agents/coding/serve-tools.ts";
import type { OfferedTool, OwnCalls } from "../../src/agents/provider.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { StepFailure } from "../../src/plan/step-failure.ts";

const TOOLS: readonly OfferedTool[] = [
  { name: "notes__add", description: "Adds", parameters: { properties: { text: { type: "string" } } } },
  { name: `notes__${"x".repeat(57)}`, description: "Long", parameters: { type: "object" } },
];
let served: ServedTools | undefined;
afterEach(() => served?.close().catch(() => undefined));

const open = async (make: OwnCalls["make"], onFailure: (failure: unknown) => void = () => undefined) => {
  served = await serveTools(TOOLS, { before: [], make }, onFailure);
  return served;
};
const connect = async ({ url, token }: ServedTools) => {
  const client = new Client({ name: "test", version: "1" });
  const headers = { Authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
};

test("tools are listed and called by names that fit behind the name of a server", async () => {
  const made: [string, JsonObject][] = [];
  const client = await connect(
    await open(async (name, args) => {
      made.push([name, args]);
      return { content: { ok: true }, isError: false };
    }),
  );
  const { tools } = await client.listTools();
  expect(tools[0]).toMatchObject({ name: "notes__add", description: "Adds", inputSchema: { type: "object" } });
  const long = tools[1]?.name as string;
  expect(long).toHaveLength(50);
  const { content } = await client.callTool({ name: long, arguments: { a: 1 } });
  expect(content).toEqual([{ type: "text", text: '{"ok":true}' }]);
  expect(made).toEqual([[TOOLS[1]?.name, { a: 1 }]]);
  await client.close();
});

test("pictures stay pictures, and what is far too long loses its end", async () => {
  const picture = { type: "image", data: "aGk=", mimeType: "image/png" };
  const client = await connect(
    await open(async (_, { long }) => ({
      content: long === true ? "y".repeat(200_000) : [{ of: "it" }, picture],
      isError: false,
    })),
  );
  const seen = await client.callTool({ name: "notes__add", arguments: {} });
  expect(seen.content).toEqual([{ type: "text", text: '{"of":"it"}' }, picture]);
  const cut = await client.callTool({ name: "notes__add", arguments: { long: true } });
  expect(JSON.stringify(cut.content).length).toBeLessThan(101_000);
  expect(JSON.stringify(cut.content)).toContain("has 200000 characters");
  await client.close();
});

test("whoever does not know the token is not let in", async () => {
  const { url, token } = await open(() => Promise.reject(new Error("not called")));
  const ask = (authorization?: string) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
    }).then(({ status }) => status);
  expect(await ask()).toBe(401);
  expect(await ask(`Bearer ${token.slice(1)}`)).toBe(401);
  expect(await ask(`Bearer ${"x".repeat(token.length)}`)).toBe(401);
});

test("a call that the step cannot go on after is told at once, and again at the end", async () => {
  const told: unknown[] = [];
  const failure = new StepFailure("tool/changed", "another one");
  const tools = await open(
    () => Promise.reject(failure),
    (error) => told.push(error),
  );
  const client = await connect(tools);
  expect(await client.callTool({ name: "notes__add", arguments: {} })).toMatchObject({ isError: true });
  expect(told).toEqual([failure]);
  await client.close();
  await expect(tools.close()).rejects.toBe(failure);
});

test("the end waits for the calls under way, and nobody is served after it", async () => {
  const { promise, resolve } = Promise.withResolvers<{ content: string; isError: boolean }>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const tools = await open(() => {
    begin();
    return promise;
  });
  const client = await connect(tools);
  client.callTool({ name: "notes__add", arguments: {} }).catch(() => undefined);
  await begun;
  let isClosed = false;
  const closing = tools.close().then(() => (isClosed = true));
  await expect(fetch(tools.url, { headers: { authorization: `Bearer ${tools.token}` } })).rejects.toThrow();
  expect(isClosed).toBe(false);
  resolve({ content: "done", isError: false });
  await closing;
  await expect(fetch(tools.url)).rejects.toThrow();
  await client.close();
});
