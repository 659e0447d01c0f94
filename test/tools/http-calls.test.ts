import { createHash } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../src/plan/json.ts";
import { openTools, type Recorder, type ReceivedRequest, startRecorder } from "./open-http-tool.ts";

let recorder: Recorder;
let other: Recorder;
beforeAll(async () => {
  recorder = await startRecorder();
  other = await startRecorder();
});
afterAll(() => Promise.all([recorder.close(), other.close()]));
beforeEach(() => {
  recorder.requests.length = 0;
  other.requests.length = 0;
  for (const one of [recorder, other])
    one.respond((_, response) => response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}'));
});

const SECRETS = { KEY: "s3cret-key", PASS: "pass:word", PIN: "1234" };
const last = () => recorder.requests.at(-1) as ReceivedRequest;
const http = (operation: JsonObject, more: JsonObject = {}) =>
  openTools(
    {
      "registry.yaml": JSON.stringify({
        tools: {
          api: {
            kind: "http",
            "base-url": `${recorder.url}/v1/`,
            "allow-addresses": ["127.0.0.1"],
            operations: { op: operation },
            ...more,
          },
        },
      }),
    },
    SECRETS,
  );
/** One operation of a document that has a body, or schemes. */
const openapi = (operation: JsonObject, { root = {}, tool = {} }: { root?: JsonObject; tool?: JsonObject } = {}) =>
  openTools(
    {
      "api.json": JSON.stringify({
        openapi: "3.0.0",
        servers: [{ url: recorder.url }],
        paths: { "/p": { post: { operationId: "op", ...operation } } },
        ...root,
      }),
      "registry.yaml": JSON.stringify({
        tools: { api: { kind: "openapi", document: "api.json", "allow-addresses": ["127.0.0.1"], ...tool } },
      }),
    },
    SECRETS,
  );
const content = (mediaType: string, schema: JsonValue = {}, encoding?: JsonObject) => ({
  requestBody: {
    required: true,
    content: { [mediaType]: { schema, ...(encoding === undefined ? {} : { encoding }) } },
  },
});
const fields = (...names: string[]): JsonObject => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, {}])),
});

describe("bodies are sent to the byte", () => {
  test.each<[string, JsonObject, JsonValue, string, string]>([
    ["JSON", content("application/json"), { a: "ü", b: [1, null] }, "application/json", '{"a":"ü","b":[1,null]}'],
    ["JSON of another name", content("application/vnd.api+json"), "x", "application/vnd.api+json", '"x"'],
    ["anything", content("*/*"), { a: 1 }, "application/json", '{"a":1}'],
    ["text", content("text/plain"), "line\nü", "text/plain", "line\nü"],
    ["XML", content("application/xml"), "<a>1</a>", "application/xml", "<a>1</a>"],
    ["bytes", content("application/octet-stream"), "AP8Q", "application/octet-stream", "\u0000\u00ff\u0010"],
    ["an image", content("image/png"), "iVBO", "image/png", "\u0089PN"],
    [
      "a form",
      content("application/x-www-form-urlencoded", fields("a", "b", "c")),
      { a: "x y&z=ü", b: [1, 2], c: { d: 1 } },
      "application/x-www-form-urlencoded",
      "a=x+y%26z%3D%C3%BC&b=1&b=2&c=%7B%22d%22%3A1%7D",
    ],
    [
      "a form with styles",
      content("application/x-www-form-urlencoded", fields("a", "b", "c"), {
        a: { style: "deepObject", explode: true },
        b: { style: "pipeDelimited", explode: false },
        c: { explode: false },
      }),
      { a: { x: 1 }, b: [1, 2], c: ["y", "z"] },
      "application/x-www-form-urlencoded",
      "a%5Bx%5D=1&b=1%7C2&c=y,z",
    ],
  ])("%s", async (_, operation, body, mediaType, text) => {
    const { isError } = await openapi(operation).call("api.op", { body });
    expect(isError).toBe(false);
    const raw = mediaType.endsWith("stream") || mediaType.startsWith("image");
    expect(last().body.toString(raw ? "latin1" : "utf8")).toBe(text);
    expect(last().headers).toMatchObject({ "content-type": mediaType, "content-length": String(last().body.length) });
  });

  test("several parts: texts, lists, JSON and files; the same call is the same bytes", async () => {
    const schema = {
      type: "object",
      properties: {
        title: { type: "string" },
        tags: { type: "array", items: { type: "string" } },
        origin: { type: "object" },
        cover: { type: "string", format: "binary" },
        more: { type: "array", items: { type: "string", format: "binary" } },
      },
    };
    const tools = openapi(content("multipart/form-data", schema, { cover: { contentType: "image/png" } }));
    const body = {
      title: "Rex ü",
      tags: ["a", "b"],
      origin: { camera: 'x"y' },
      cover: "AP8=",
      more: [{ base64: "AQI=", filename: 'a"b.bin', type: "application/x-thing" }],
    };
    await tools.call("api.op", { body });
    const [, boundary] =
      /^multipart\/form-data; boundary=(aiworkflow-[0-9a-f]{32})$/.exec(last().headers["content-type"] ?? "") ?? [];
    const part = (head: string, text: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${text}\r\n`;
    expect(last().body.toString("latin1")).toBe(
      [
        part('name="title"', Buffer.from("Rex ü").toString("latin1")),
        part('name="tags"', "a"),
        part('name="tags"', "b"),
        part('name="origin"\r\nContent-Type: application/json', '{"camera":"x\\"y"}'),
        part('name="cover"; filename="cover"\r\nContent-Type: image/png', "\u0000\u00ff"),
        part('name="more"; filename="a%22b.bin"\r\nContent-Type: application/x-thing', "\u0001\u0002"),
        `--${boundary}--\r\n`,
      ].join(""),
    );
    const first = createHash("sha256").update(last().body).digest("hex");
    await tools.call("api.op", { body });
    expect(createHash("sha256").update(last().body).digest("hex")).toBe(first);
  });

  test.each<[string, JsonObject, JsonValue]>([
    ["no base64", content("application/octet-stream"), "not base64!"],
    ["no map", content("application/x-www-form-urlencoded", {}), "text"],
    [
      "a type with a line break",
      content("multipart/form-data", fields("f")),
      { f: { base64: "AA==", type: "a\r\nb: c" } },
    ],
  ])("%s is refused", async (_, operation, body) => {
    const answer = await openapi(operation).call("api.op", { body });
    expect(answer).toMatchObject({ isError: true, failure: { code: "tool/invalid-arguments" } });
    expect(recorder.requests).toEqual([]);
  });

  test("a body that may be left out is left out; a POST says that it is empty", async () => {
    await openapi({ requestBody: { content: { "application/json": {} } } }).call("api.op", {});
    expect(last().headers["content-type"]).toBeUndefined();
    expect(last().headers["content-length"]).toBe("0");
  });

  test("arguments that do not fit the schema are told, and nothing is sent", async () => {
    const tools = openapi(
      content("application/json", { type: "object", required: ["a"], properties: { a: { type: "integer" } } }),
    );
    const answer = await tools.call("api.op", { body: { a: "x" }, colour: 1 });
    expect(answer).toMatchObject({ isError: true, failure: { code: "tool/invalid-arguments" } });
    expect(answer.value).toContain("/body/a must be integer");
    expect(answer.value).toContain("colour");
    expect(recorder.requests).toEqual([]);
  });
});

describe("what the registry describes itself", () => {
  const parameters = { id: "integer", limit: 20, note: { type: "string", required: false } };

  test("a GET: arguments that stand nowhere else are in the query, with their defaults", async () => {
    await http({ path: "/find/{id}", parameters }).call("api.op", { id: 7 });
    expect(last()).toMatchObject({ method: "GET", url: "/v1/find/7?limit=20" });
    await http({ path: "/find/{id}", parameters }).call("api.op", { id: 7, limit: 1, note: "a b" });
    expect(last().url).toBe("/v1/find/7?limit=1&note=a%20b");
  });

  test("a POST: they are fields of a JSON body", async () => {
    await http({ method: "POST", path: "/notes", parameters }).call("api.op", { id: 7 });
    expect(last().body.toString()).toBe('{"id":7,"limit":20}');
    expect(last().headers["content-type"]).toBe("application/json");
  });

  test("arguments stand in query, headers and body where they are named", async () => {
    const tools = http({
      method: "PUT",
      path: "/notes/{id}",
      parameters,
      query: { units: "metric", q: "n={limit}", missing: "{note}" },
      headers: { "X-Note": "#{id}" },
      body: { note: { text: "{note}", id: "{id}", kept: true } },
    });
    await tools.call("api.op", { id: 7 });
    expect(last().url).toBe("/v1/notes/7?units=metric&q=n%3D20");
    expect(last().headers["x-note"]).toBe("#7");
    expect(last().body.toString()).toBe('{"note":{"id":7,"kept":true}}');
  });

  test("other bodies by their content type", async () => {
    const send = async (operation: JsonObject) => {
      await http({ method: "POST", path: "/p", parameters: { a: "string" }, ...operation }).call("api.op", {
        a: "x y",
      });
      return [last().headers["content-type"]?.split(";")[0], last().body.toString()];
    };
    expect(await send({ body: "Hello {a}" })).toEqual(["text/plain", "Hello x y"]);
    expect(await send({ body: "{a}" })).toEqual(["application/json", '"x y"']);
    expect(await send({ "content-type": "application/x-www-form-urlencoded" })).toEqual([
      "application/x-www-form-urlencoded",
      "a=x+y",
    ]);
    expect((await send({ "content-type": "multipart/form-data" }))[0]).toBe("multipart/form-data");
  });
});

describe("credentials", () => {
  const schemes = {
    components: {
      securitySchemes: {
        inHeader: { type: "apiKey", name: "X-Key", in: "header" },
        inQuery: { type: "apiKey", name: "key", in: "query" },
        inCookie: { type: "apiKey", name: "sid", in: "cookie" },
        basic: { type: "http", scheme: "Basic" },
        bearer: { type: "http", scheme: "bearer" },
        oauth: { type: "oauth2", flows: {} },
        oidc: { type: "openIdConnect", openIdConnectUrl: "https://id.example" },
      },
    },
  };
  const key = "${{ secrets.KEY }}";

  test.each<[string, JsonValue, Partial<ReceivedRequest>]>([
    ["inHeader", key, { headers: { "x-key": "s3cret-key" } }],
    ["inQuery", key, { url: "/p?key=s3cret-key" }],
    ["inCookie", key, { headers: { cookie: "sid=s3cret-key" } }],
    [
      "basic",
      { username: "ann", password: "${{ secrets.PASS }}" },
      { headers: { authorization: "Basic YW5uOnBhc3M6d29yZA==" } },
    ],
    ["bearer", key, { headers: { authorization: "Bearer s3cret-key" } }],
    ["oauth", key, { headers: { authorization: "Bearer s3cret-key" } }],
    ["oidc", key, { headers: { authorization: "Bearer s3cret-key" } }],
  ])("of the scheme %s", async (scheme, given, expected) => {
    const tools = openapi({ security: [{ [scheme]: [] }] }, { root: schemes, tool: { auth: { [scheme]: given } } });
    await tools.call("api.op", {});
    expect(last()).toMatchObject(expected);
  });

  test("the first alternative that the tool has all of; together where they belong together", async () => {
    const security: JsonObject[] = [{ bearer: [] }, { inHeader: [], inQuery: [] }];
    await openapi({ security }, { root: schemes, tool: { auth: { inHeader: key, inQuery: "plain" } } }).call(
      "api.op",
      {},
    );
    expect(last()).toMatchObject({ url: "/p?key=plain", headers: { "x-key": "s3cret-key" } });
    expect(last().headers.authorization).toBeUndefined();
  });

  test("an operation that needs some is not called without", async () => {
    const tools = openapi({ security: [{ bearer: [] }, { inHeader: [], inQuery: [] }] }, { root: schemes });
    await expect(tools.call("api.op", {})).rejects.toMatchObject({
      code: "tool/no-credentials",
      message: expect.stringContaining("bearer, or inHeader with inQuery"),
    });
    expect(recorder.requests).toEqual([]);
    await openapi({ security: [{ bearer: [] }, {}] }, { root: schemes }).call("api.op", {});
    await openapi({ security: [{ bearer: [] }] }, { root: schemes, tool: { headers: { "X-Own": key } } }).call(
      "api.op",
      {},
    );
    expect(last().headers["x-own"]).toBe("s3cret-key");
  });

  test("of a tool that the registry describes; headers of the tool; a header with the key of the call", async () => {
    const more = {
      auth: { bearer: key },
      headers: { "X-Team": `red ${key}` },
      "idempotency-header": "Idempotency-Key",
    };
    await http({ method: "POST", path: "/p" }, more).call("api.op", {});
    expect(last().headers).toMatchObject({
      authorization: "Bearer s3cret-key",
      "x-team": "red s3cret-key",
      "idempotency-key": "run-1/step",
    });
  });

  test("what the tool itself sends is no argument of the document's operations; a query of the tool", async () => {
    const parameters: JsonObject[] = [
      { name: "X-Version", in: "header", required: true },
      { name: "idempotency-key", in: "header", required: true },
      { name: "appid", in: "query", required: true },
      { name: "q", in: "query", required: true },
    ];
    const tool = { headers: { "x-version": 2 }, query: { appid: key }, "idempotency-header": "Idempotency-Key" };
    const tools = openapi({ parameters }, { tool });
    expect((await tools.describe("api"))[0]?.parameters).toMatchObject({ properties: { q: {} }, required: ["q"] });
    await tools.call("api.op", { q: "x" });
    expect(last()).toMatchObject({
      url: "/p?q=x&appid=s3cret-key",
      headers: { "x-version": "2", "idempotency-key": "run-1/step" },
    });
    expect(await tools.call("api.op", { q: "x", "X-Version": "3" })).toMatchObject({ isError: true });
  });

  test("a service that repeats a login gives it to nobody", async () => {
    recorder.respond(({ headers }, response) =>
      response
        .writeHead(200, { "content-type": "text/plain", "x-echo": headers.authorization })
        .end(headers.authorization),
    );
    const auth = { basic: { username: "ann", password: "${{ secrets.PASS }}" } };
    const answer = await http({ path: "/p", result: "full" }, { auth }).call("api.op", {});
    expect(answer.value).toMatchObject({ body: "Basic ***", headers: { "x-echo": "Basic ***" } });
  });
});

describe("answers", () => {
  const get = (status: number, headers: Record<string, string>, body: string | Buffer = "") => {
    recorder.respond((_, response) => response.writeHead(status, headers).end(body));
    return http({ path: "/p" }).call("api.op", {});
  };

  test.each<[Record<string, string>, string | Buffer, JsonValue]>([
    [{ "content-type": "application/json" }, '{"a":[1]}', { a: [1] }],
    [{ "content-type": "application/problem+json; charset=utf-8" }, "[1]", [1]],
    [{ "content-type": "application/json" }, "not JSON", "not JSON"],
    [{ "content-type": "text/plain" }, "12", "12"],
    [{ "content-type": "text/plain; charset=iso-8859-1" }, Buffer.from([0xfc]), "ü"],
    [{ "content-type": "application/xml" }, "<a/>", "<a/>"],
    [{ "content-type": "image/png" }, Buffer.from([0, 255]), { mediaType: "image/png", base64: "AP8=" }],
    [{}, "", null],
    [{}, "12", 12],
    [{ "content-type": "application/json", "content-encoding": "gzip" }, gzipSync('{"a":1}'), { a: 1 }],
  ])("%j with %j is %j", async (headers, body, value) => {
    expect(await get(200, headers, body)).toEqual({ value, isError: false });
  });

  test("a secret is masked within what the answer says, which stays what it is", async () => {
    recorder.respond((_, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"id":51234,"1234":["a 1234",null],"n":7}'),
    );
    const { value } = await http({ path: "/p" }, { auth: { bearer: "${{ secrets.PIN }}" } }).call("api.op", {});
    expect(value).toEqual({ id: "5***", "***": ["a ***", null], n: 7 });
    recorder.respond((_, response) => response.writeHead(200).end("null"));
    expect((await http({ path: "/p" }).call("api.op", {})).value).toBeNull();
  });

  test("204 is null; status and headers where the registry asks for them", async () => {
    expect(await get(204, {})).toEqual({ value: null, isError: false });
    recorder.respond((_, response) => response.writeHead(201, { location: "/p/7", "set-cookie": "a=b" }).end("7"));
    const { value } = await http({ method: "POST", path: "/p", result: "full" }).call("api.op", {});
    expect(value).toMatchObject({ status: 201, headers: { location: "/p/7" }, body: 7 });
    expect((value as { headers: object }).headers).not.toHaveProperty("set-cookie");
  });

  test.each<[number, string, boolean, boolean]>([
    [400, "tool/rejected", false, false],
    [401, "tool/unauthorized", false, false],
    [403, "tool/unauthorized", false, false],
    [404, "tool/not-found", false, false],
    [408, "tool/rejected", true, false],
    [409, "tool/rejected", false, false],
    [422, "tool/rejected", false, false],
    [429, "tool/rate-limited", true, false],
    [500, "tool/server-error", true, false],
    [501, "tool/server-error", false, false],
    [502, "tool/server-error", true, true],
    [503, "tool/server-error", true, false],
    [504, "tool/server-error", true, true],
  ])("%i is %s", async (status, code, retryable, outcomeUnknown) => {
    const answer = await get(status, { "content-type": "application/json" }, '{"why":"because"}');
    expect(answer).toMatchObject({ isError: true, failure: { code, retryable, outcomeUnknown, details: { status } } });
    expect(answer.value).toMatch(new RegExp(`^GET /p: ${status} .*because`));
  });

  test("Retry-After in seconds and as a date; a long answer is cut", async () => {
    expect((await get(429, { "retry-after": "7" })).failure?.retryAfterMs).toBe(7000);
    const later = (await get(503, { "retry-after": new Date(Date.now() + 60_000).toUTCString() })).failure
      ?.retryAfterMs;
    expect(later).toBeGreaterThan(50_000);
    expect(later).toBeLessThanOrEqual(60_000);
    expect(JSON.stringify((await get(400, {}, "x".repeat(5000))).value).length).toBeLessThan(1100);
  });

  test("more than 10 MB is refused while it comes, packed or not", async () => {
    await expect(get(200, { "content-type": "text/plain" }, "x".repeat(11_000_000))).rejects.toMatchObject({
      code: "tool/output-too-large",
      outcomeUnknown: true,
    });
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    await expect(get(200, { "content-encoding": "gzip" }, bomb)).rejects.toMatchObject({
      code: "tool/output-too-large",
    });
  });

  test("an endless answer is refused too, and its connection closed", async () => {
    let closed = false;
    recorder.respond((_, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      const write = () =>
        void (response.write("x".repeat(64_000)) ? setImmediate(write) : response.once("drain", write));
      response.once("close", () => (closed = true));
      write();
    });
    await expect(http({ path: "/p" }).call("api.op", {})).rejects.toMatchObject({ code: "tool/output-too-large" });
    await expect.poll(() => closed).toBe(true);
  });
});

describe("connections", () => {
  test("one that is lost after the request leaves open what became of it", async () => {
    recorder.respond((_, response) => void response.socket?.destroy());
    await expect(http({ method: "POST", path: "/p" }).call("api.op", {})).rejects.toMatchObject({
      code: "tool/connection-lost",
      retryable: true,
      outcomeUnknown: true,
    });
    expect(recorder.requests).toHaveLength(1);
    recorder.respond(
      (_, response) =>
        void response.writeHead(200, { "content-length": "100" }).write("half", () => response.socket?.destroy()),
    );
    await expect(http({ method: "POST", path: "/p" }).call("api.op", {})).rejects.toMatchObject({
      code: "tool/connection-lost",
    });
  });

  test("a read goes on when a connection kept open was closed meanwhile; it counts as one", async () => {
    const tools = http({ path: "/p" });
    await tools.call("api.op", {});
    let count = 0;
    recorder.respond((_, response) => {
      count += 1;
      if (count === 1) response.socket?.destroy();
      else response.end("again");
    });
    expect((await tools.call("api.op", {})).value).toBe("again");
  });

  test("nothing there, no such name, no HTTP", async () => {
    const call = (base: string) =>
      http({ path: "/p" }, { "base-url": base, "allow-addresses": ["127.0.0.1"] }).call("api.op", {});
    await expect(call("http://127.0.0.1:1")).rejects.toMatchObject({
      code: "tool/unreachable",
      retryable: true,
      outcomeUnknown: false,
    });
    await expect(call("http://no-such-host.invalid")).rejects.toMatchObject({ code: "tool/unreachable" });
    await expect(call(recorder.url.replace("http:", "https:"))).rejects.toMatchObject({ code: "tool/unreachable" });
    const strange = createServer((socket) => socket.end("220 smtp.example\r\n"));
    await new Promise<void>((resolve) => strange.listen(0, "127.0.0.1", resolve));
    await expect(call(`http://127.0.0.1:${(strange.address() as AddressInfo).port}`)).rejects.toMatchObject({
      code: "tool/connection-lost",
    });
    strange.close();
  });

  test("a cancel closes the connection", async () => {
    let closed = false;
    const cancel = new AbortController();
    recorder.respond((_, response) => {
      response.once("close", () => (closed = true));
      cancel.abort(new Error("enough"));
    });
    await expect(http({ path: "/p" }).call("api.op", {}, cancel.signal)).rejects.toThrow("enough");
    await expect.poll(() => closed).toBe(true);
  });
});

describe("redirects", () => {
  const redirect = (status: number, to: string) =>
    recorder.respond(({ url }, response) =>
      url.startsWith("/v1/p") ? response.writeHead(status, { location: to }).end() : response.end("here"),
    );
  const more = { auth: { bearer: "${{ secrets.KEY }}" }, headers: { "X-Team": "red" } };

  test.each([301, 302, 303, 307, 308])("a GET follows %i within the service, with its credentials", async (status) => {
    redirect(status, "/elsewhere?x=1");
    expect((await http({ path: "/p" }, more).call("api.op", {})).value).toBe("here");
    expect(last()).toMatchObject({
      url: "/elsewhere?x=1",
      headers: { authorization: "Bearer s3cret-key", "x-team": "red" },
    });
  });

  test("to another service it takes no credentials and no headers of the tool along", async () => {
    redirect(302, `${other.url}/there`);
    await http({ path: "/p" }, more).call("api.op", {});
    expect(other.requests[0]?.url).toBe("/there");
    expect(Object.keys(other.requests[0]?.headers ?? {})).not.toEqual(expect.arrayContaining(["authorization"]));
    expect(other.requests[0]?.headers["x-team"]).toBeUndefined();
  });

  test("a POST becomes a GET after 303, and is made again after 307 within the service only", async () => {
    const post = () => http({ method: "POST", path: "/p", parameters: { a: "string" } }).call("api.op", { a: "x" });
    redirect(303, "/elsewhere");
    await post();
    expect(last()).toMatchObject({ method: "GET", url: "/elsewhere", body: Buffer.alloc(0) });
    redirect(307, "/elsewhere");
    await post();
    expect(last()).toMatchObject({ method: "POST", url: "/elsewhere", body: Buffer.from('{"a":"x"}') });
    redirect(307, `${other.url}/there`);
    await expect(post()).rejects.toMatchObject({ code: "tool/redirect" });
    expect(other.requests).toEqual([]);
  });

  test.each([
    ["a server that is gone", 303, "http://127.0.0.1:1/", "tool/redirect"],
    ["an address that is not allowed", 302, "http://127.0.0.2/", "tool/forbidden-address"],
    ["what is no address", 303, "http://", "tool/redirect"],
    ["itself, in circles", 303, "/v1/p", "tool/redirect"],
  ])("a POST that was answered and leads to %s may have taken effect", async (_, status, to, code) => {
    redirect(status, to);
    const posted = http({ method: "POST", path: "/p" }).call("api.op", {});
    await expect(posted).rejects.toMatchObject({ code, outcomeUnknown: true });
    // After 307 nobody has taken it.
    redirect(307, to);
    if (code === "tool/redirect")
      await expect(http({ method: "POST", path: "/p" }).call("api.op", {})).rejects.toMatchObject({
        outcomeUnknown: false,
      });
  });

  test("an error where a POST leads to says nothing of the POST; of a GET it says all", async () => {
    recorder.respond(({ url }, response) =>
      url === "/v1/p" ? response.writeHead(303, { location: "/gone" }).end() : response.writeHead(503).end(),
    );
    const failure = { code: "tool/server-error", retryable: true };
    const posted = await http({ method: "POST", path: "/p" }).call("api.op", {});
    expect(posted.failure).toMatchObject({ ...failure, outcomeUnknown: true });
    expect((await http({ path: "/p" }).call("api.op", {})).failure).toMatchObject({
      ...failure,
      outcomeUnknown: false,
    });
  });

  test("around in circles, and to what is no address", async () => {
    redirect(302, "/v1/p");
    await expect(http({ path: "/p" }).call("api.op", {})).rejects.toMatchObject({ code: "tool/redirect" });
    expect(recorder.requests).toHaveLength(6);
    redirect(302, "file:///etc/passwd");
    await expect(http({ path: "/p" }).call("api.op", {})).rejects.toMatchObject({ code: "tool/redirect" });
    redirect(302, "http://");
    await expect(http({ path: "/p" }).call("api.op", {})).rejects.toMatchObject({ code: "tool/redirect" });
  });
});

describe("addresses", () => {
  const forbidden = { code: "tool/forbidden-address", retryable: false };
  const call = (base: string, allowed: readonly string[] = []) =>
    http({ path: "/p" }, { "base-url": base, "allow-addresses": allowed }).call("api.op", {});

  test.each([
    "127.0.0.1",
    "localhost",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
  ])("%s is refused, and nothing is sent", async (host) => {
    await expect(call(`http://${host}:${recorder.port}`)).rejects.toMatchObject(forbidden);
    expect(recorder.requests).toEqual([]);
  });

  test("what the tool allows is called, by address, block and name, and no more than that", async () => {
    expect((await call(recorder.url, ["127.0.0.1"])).isError).toBe(false);
    expect((await call(recorder.url, ["10.0.0.0/8", "127.0.0.0/8"])).isError).toBe(false);
    expect((await call(`http://localhost:${recorder.port}`, ["127.0.0.1"])).isError).toBe(false);
    expect((await call(`http://[::ffff:127.0.0.1]:${recorder.port}`, ["127.0.0.1"])).isError).toBe(false);
    await expect(call(recorder.url, ["127.0.0.2", "::1", "10.0.0.0/8"])).rejects.toMatchObject(forbidden);
  });

  test("a redirect is checked as the first request is", async () => {
    recorder.respond((_, response) =>
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end(),
    );
    await expect(call(recorder.url, ["127.0.0.1"])).rejects.toMatchObject(forbidden);
    recorder.respond((_, response) => response.writeHead(302, { location: `http://[::1]:${recorder.port}/` }).end());
    await expect(call(recorder.url, ["127.0.0.1"])).rejects.toMatchObject(forbidden);
    recorder.respond((_, response) =>
      response.writeHead(302, { location: `http://localhost:${other.port}/there` }).end(),
    );
    expect((await call(recorder.url, ["127.0.0.1"])).isError).toBe(false);
    expect(other.requests).toHaveLength(1);
  });
});
