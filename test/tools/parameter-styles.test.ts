import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../src/plan/json.ts";
import { openTools, type Recorder, startRecorder } from "./open-http-tool.ts";

let recorder: Recorder;
beforeAll(async () => {
  recorder = await startRecorder();
});
afterAll(() => recorder.close());

const TEXT = "blue";
const LIST = ["blue", "black", "brown"];
const MAP = { R: 100, G: 200, B: 150 };

/** Calls an operation that has one parameter, and gives the request as it came in. */
async function send(parameter: JsonObject, value: JsonValue) {
  const path = parameter["in"] === "path" ? "/p/{color}/end" : "/p";
  const operation = { operationId: "op", parameters: [{ name: "color", schema: {}, ...parameter }] };
  const document = {
    openapi: "3.1.0",
    servers: [{ url: `${recorder.url}/base` }],
    paths: { [path]: { get: operation } },
  };
  const tools = openTools({
    "api.json": JSON.stringify(document),
    "registry.yaml": "tools: { api: { kind: openapi, document: api.json, allow-addresses: [127.0.0.1] } }",
  });
  const argument = (await tools.describe("api"))[0]?.parameters["properties"] as JsonObject;
  const before = recorder.requests.length;
  const answer = await tools.call("api.op", { [Object.keys(argument)[0] as string]: value });
  return { answer, request: recorder.requests[before] };
}

const path = (style: string, explode: boolean) => ({ in: "path", required: true, style, explode });
const query = (style: string, explode: boolean) => ({ in: "query", style, explode });

/** OpenAPI's own table of styles, and what it leaves to RFC 6570. */
test.each<[JsonObject, JsonValue, string]>([
  [path("simple", false), TEXT, "/base/p/blue/end"],
  [path("simple", false), LIST, "/base/p/blue,black,brown/end"],
  [path("simple", false), MAP, "/base/p/R,100,G,200,B,150/end"],
  [path("simple", true), TEXT, "/base/p/blue/end"],
  [path("simple", true), LIST, "/base/p/blue,black,brown/end"],
  [path("simple", true), MAP, "/base/p/R=100,G=200,B=150/end"],
  [path("label", false), "", "/base/p/./end"],
  [path("label", false), TEXT, "/base/p/.blue/end"],
  [path("label", false), LIST, "/base/p/.blue,black,brown/end"],
  [path("label", false), MAP, "/base/p/.R,100,G,200,B,150/end"],
  [path("label", true), TEXT, "/base/p/.blue/end"],
  [path("label", true), LIST, "/base/p/.blue.black.brown/end"],
  [path("label", true), MAP, "/base/p/.R=100.G=200.B=150/end"],
  [path("matrix", false), "", "/base/p/;color/end"],
  [path("matrix", false), TEXT, "/base/p/;color=blue/end"],
  [path("matrix", false), LIST, "/base/p/;color=blue,black,brown/end"],
  [path("matrix", false), MAP, "/base/p/;color=R,100,G,200,B,150/end"],
  [path("matrix", true), TEXT, "/base/p/;color=blue/end"],
  [path("matrix", true), LIST, "/base/p/;color=blue;color=black;color=brown/end"],
  [path("matrix", true), MAP, "/base/p/;R=100;G=200;B=150/end"],
  [path("simple", false), "a/b c?d#e%ü", "/base/p/a%2Fb%20c%3Fd%23e%25%C3%BC/end"],
  [path("simple", false), ["a,b", "c;d"], "/base/p/a%2Cb,c%3Bd/end"],
  [path("simple", false), true, "/base/p/true/end"],
  [query("form", true), "", "/base/p?color="],
  [query("form", true), TEXT, "/base/p?color=blue"],
  [query("form", true), LIST, "/base/p?color=blue&color=black&color=brown"],
  [query("form", true), MAP, "/base/p?R=100&G=200&B=150"],
  [query("form", false), "", "/base/p?color="],
  [query("form", false), TEXT, "/base/p?color=blue"],
  [query("form", false), LIST, "/base/p?color=blue,black,brown"],
  [query("form", false), MAP, "/base/p?color=R,100,G,200,B,150"],
  [query("spaceDelimited", false), LIST, "/base/p?color=blue%20black%20brown"],
  [query("spaceDelimited", false), MAP, "/base/p?color=R%20100%20G%20200%20B%20150"],
  [query("spaceDelimited", true), LIST, "/base/p?color=blue&color=black&color=brown"],
  [query("pipeDelimited", false), LIST, "/base/p?color=blue%7Cblack%7Cbrown"],
  [query("pipeDelimited", false), MAP, "/base/p?color=R%7C100%7CG%7C200%7CB%7C150"],
  [query("pipeDelimited", true), LIST, "/base/p?color=blue&color=black&color=brown"],
  [query("deepObject", true), MAP, "/base/p?color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"],
  [query("deepObject", true), { a: { b: [1, 2] } }, "/base/p?color%5Ba%5D%5Bb%5D=1&color%5Ba%5D%5Bb%5D=2"],
  [query("form", true), [], "/base/p"],
  [query("form", false), [], "/base/p"],
  [query("form", true), null, "/base/p"],
  [query("form", true), "a&b=c d+e", "/base/p?color=a%26b%3Dc%20d%2Be"],
  [query("form", false), ["a,b", "c"], "/base/p?color=a%2Cb,c"],
  [query("form", true), 1.5, "/base/p?color=1.5"],
  [{ ...query("form", true), allowReserved: true }, "/a/b:c?d=e,f%20g h", "/base/p?color=/a/b:c?d=e,f%20g%20h"],
  [{ ...query("form", true), allowReserved: true }, "a#b&c+d[e]", "/base/p?color=a%23b%26c%2Bd%5Be%5D"],
  [{ ...query("form", true), name: "a[b]" }, "x", "/base/p?a%5Bb%5D=x"],
  [{ in: "query" }, LIST, "/base/p?color=blue&color=black&color=brown"],
  [{ in: "path", required: true }, LIST, "/base/p/blue,black,brown/end"],
  [
    { in: "query", schema: undefined as unknown as null, content: { "application/json": { schema: {} } } },
    { a: [1, "ü"] },
    "/base/p?color=%7B%22a%22%3A%5B1%2C%22%C3%BC%22%5D%7D",
  ],
])("%j of %j is sent as %s", async (parameter, value, url) => {
  const { answer, request } = await send(parameter, value);
  // A folder of its own would be taken for the one it stands in.
  if (url.includes("/./"))
    return expect(answer).toMatchObject({ isError: true, failure: { code: "tool/invalid-arguments" } });
  expect(answer).toEqual({ value: { ok: true }, isError: false });
  expect(request?.url).toBe(url);
});

test.each<[JsonObject, JsonValue, string, string | undefined]>([
  [{ in: "header", name: "X-Color" }, TEXT, "x-color", "blue"],
  [{ in: "header", name: "X-Color" }, "a b/c;d", "x-color", "a b/c;d"],
  [{ in: "header", name: "X-Color" }, LIST, "x-color", "blue,black,brown"],
  [{ in: "header", name: "X-Color" }, MAP, "x-color", "R,100,G,200,B,150"],
  [{ in: "header", name: "X-Color", explode: true }, LIST, "x-color", "blue,black,brown"],
  [{ in: "header", name: "X-Color", explode: true }, MAP, "x-color", "R=100,G=200,B=150"],
  [{ in: "header", name: "X-Color" }, null, "x-color", undefined],
  [{ in: "header", name: "X-Color", content: { "application/json": {} } }, { a: 1 }, "x-color", '{"a":1}'],
  [{ in: "cookie" }, TEXT, "cookie", "color=blue"],
  [{ in: "cookie", explode: false }, LIST, "cookie", "color=blue,black,brown"],
  [{ in: "cookie", explode: false }, MAP, "cookie", "color=R,100,G,200,B,150"],
  [{ in: "cookie", explode: true }, LIST, "cookie", "color=blue; color=black; color=brown"],
  [{ in: "cookie" }, "a;b c", "cookie", "color=a%3Bb%20c"],
])("%j of %j is the header %s: %s", async (parameter, value, name, text) => {
  const { request } = await send(parameter, value);
  expect(request?.headers[name]).toBe(text);
});

test.each<[JsonObject, JsonValue]>([
  [path("simple", false), "."],
  [path("simple", false), ".."],
  [path("simple", false), ""],
  [path("simple", false), []],
  [path("label", false), "."],
  [{ in: "header", name: "X-Color" }, "a\r\nX-Other: b"],
  [{ in: "header", name: "X-Color" }, "日本"],
])("%j of %j is refused, and nothing is sent", async (parameter, value) => {
  const { answer, request } = await send(parameter, value);
  expect(answer).toMatchObject({ isError: true, failure: { code: "tool/invalid-arguments", retryable: false } });
  expect(request).toBeUndefined();
});
