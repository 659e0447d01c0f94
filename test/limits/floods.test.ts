// Tools of every kind that answer with 50 MB, or with bytes that are no text: each call ends soon with a code, the worker holds no
// more than its bounds, and goes on.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type HttpMcp, startHttpMcp } from "../tools/http-mcp.ts";
import { type Recorder, startRecorder } from "../tools/open-http-tool.ts";

const BYTES = 50_000_000;
/** What a call may take of the worker's memory above what it has: some copies of the 10 MB that an answer may have, and what is not collected yet. */
const MAX_GROWTH_MB = 300;

let project: TestProject;
let recorder: Recorder;
let mcp: HttpMcp;
beforeAll(async () => {
  recorder = await startRecorder();
  mcp = await startHttpMcp();
  const packed = gzipSync(Buffer.alloc(BYTES, "x"));
  recorder.respond(({ url }, response) => {
    const json = { "content-type": "application/json" };
    if (url === "/flood") return void response.writeHead(200, json).end(Buffer.alloc(BYTES, "x"));
    if (url === "/packed") return void response.writeHead(200, { ...json, "content-encoding": "gzip" }).end(packed);
    if (url === "/failing") return void response.writeHead(500, json).end(Buffer.alloc(BYTES, "x"));
    if (url === "/garble") return void response.writeHead(200, json).end(Buffer.from('{"a": "g\u00ff"}', "latin1"));
    if (url === "/latin")
      return void response
        .writeHead(200, { "content-type": "text/plain; charset=iso-8859-1" })
        .end(Buffer.from("g\u00ff", "latin1"));
    return void response.writeHead(200, json).end('{"ok": true}');
  });
  const paths = ["flood", "packed", "failing", "garble", "latin", "well"];
  const operations = paths.map((path) => `${path}: { path: /${path} }`).join(", ");
  const gets = paths.map((path) => [
    `/${path}`,
    { get: { operationId: path, responses: { 200: { description: "ok" } } } },
  ]);
  project = await openProject({
    "registry.yaml": `tools:
  stdio: { kind: mcp, command: node, args: ["${resolve("test/tools/mcp-server.ts")}"] }
  far: { kind: mcp, url: "${mcp.url}" }
  http: { kind: http, base-url: "${recorder.url}", allow-addresses: [127.0.0.1], operations: { ${operations} } }
  openapi: { kind: openapi, document: service.json, allow-addresses: [127.0.0.1] }
`,
    "service.json": JSON.stringify({
      openapi: "3.1.0",
      info: { title: "t", version: "1" },
      servers: [{ url: recorder.url }],
      paths: Object.fromEntries(gets),
    }),
    "tools/file.sh": `#!/bin/sh\ncase $1 in flood) head -c ${BYTES} /dev/zero | tr '\\0' x;; garble) printf 'g\\377';; *) echo well;; esac\n`,
    "tools/file.yaml": "operations: { flood: {}, garble: {}, well: {} }\n",
    "tools/code.module.ts": `import { writeSync } from "node:fs";
export const operations = {
  flood: { call: () => "x".repeat(${BYTES}) },
  garble: { call: () => { writeSync(1, Buffer.from([0x67, 0xff, 0x0a])); return "well"; } },
  well: { call: () => "well" },
};
`,
  });
});
afterAll(async () => {
  await project.close();
  await recorder.close();
  await mcp.close();
});

const more = (effect: string) => `effect: ${effect}\nretry: { max-attempts: 1 }\ntimeout: 20s`;
const call = (name: string, effect = "read") => `## Call\n\`\`\`yaml step\nuses: ${name}\n${more(effect)}\n\`\`\`\n`;
const script = (body: string, effect = "read") =>
  `## Call\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${more(effect)}\n\`\`\`\n`;
const memory = () => {
  const status = readFileSync(`/proc/${project.worker.pid}/status`, "utf8");
  const mbOf = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  return { now: mbOf("VmRSS"), peak: mbOf("VmHWM") };
};
/** Runs it, and tells by how much the worker's memory grew at most. */
async function measure(markdown: string) {
  const { pid } = project.worker;
  // The kernel forgets the peak so far.
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const { now } = memory();
  const report = await project.run(markdown);
  expect(project.worker.pid).toBe(pid);
  return { report, grownMb: memory().peak - now };
}

describe("50 MB", () => {
  test.each([
    ["a script", () => script(`head -c ${BYTES} /dev/zero | tr '\\0' x`), "script/output-too-large"],
    ["a script on stderr", () => script(`head -c ${BYTES} /dev/zero | tr '\\0' x >&2; exit 3`), "script/exit"],
    ["a tool that is a script", () => call("file.flood"), "script/output-too-large"],
    ["a tool that is a module", () => call("code.flood"), "tool/output-too-large"],
    ["an MCP server over stdio", () => call("stdio.deluge"), "tool/output-too-large"],
    ["an MCP server over HTTP, in a stream", () => ((mcp.manner = "flood"), call("far.act")), "tool/output-too-large"],
    [
      "an MCP server over HTTP, in one answer",
      () => ((mcp.manner = "flood in JSON"), call("far.act")),
      "tool/output-too-large",
    ],
    ["a service", () => call("http.flood"), "tool/output-too-large"],
    ["a service of an OpenAPI document", () => call("openapi.flood"), "tool/output-too-large"],
    ["a service that packs it", () => call("http.packed"), "tool/output-too-large"],
    ["a service that fails", () => call("openapi.failing"), "tool/server-error"],
  ])("of %s", async (_, markdown, code) => {
    const { report, grownMb } = await measure(markdown());
    mcp.manner = "json";
    expect(report).toMatchObject({ status: "failed", error: { code, step: "call" } });
    expect(JSON.stringify(report).length).toBeLessThan(20_000);
    expect(grownMb).toBeLessThan(MAX_GROWTH_MB);
  });

  test.each([
    ["a script", () => script(`head -c ${BYTES} /dev/zero | tr '\\0' x`, "at-most-once")],
    ["a module", () => call("code.flood", "at-most-once")],
    ["an MCP server over stdio", () => call("stdio.deluge", "at-most-once")],
    ["an MCP server over HTTP", () => ((mcp.manner = "flood"), call("far.act", "at-most-once"))],
  ])("of %s that was ended for it: nobody knows how far its effect was", async (_, markdown) => {
    const report = await project.run(markdown());
    mcp.manner = "json";
    expect(report).toMatchObject({ status: "outcome-unknown", error: { code: "step/outcome-unknown" } });
    expect(report.error?.message).toMatch(/more than 10/);
  });
});

describe("bytes that are no UTF-8", () => {
  test.each([
    ["a script", () => script("printf 'g\\377'"), "script/not-utf8"],
    ["a tool that is a script", () => call("file.garble"), "script/not-utf8"],
    ["a tool that is a module", () => call("code.garble"), "tool/not-utf8"],
    ["an MCP server over stdio", () => call("stdio.garble"), "tool/not-utf8"],
    ["an MCP server over HTTP", () => ((mcp.manner = "not UTF-8"), call("far.act")), "tool/not-utf8"],
    [
      "an MCP server over HTTP, in a stream",
      () => ((mcp.manner = "not UTF-8 in a stream"), call("far.act")),
      "tool/not-utf8",
    ],
  ])("of %s", async (_, markdown, code) => {
    const report = await project.run(markdown());
    mcp.manner = "json";
    expect(report).toMatchObject({ status: "failed", error: { code } });
  });

  test.each(["http", "openapi"])(
    "of a service (%s) come as base64, and text in another charset as text",
    async (tool) => {
      const { steps } = await project.run(call(`${tool}.garble`));
      const base64 = Buffer.from('{"a": "g\u00ff"}', "latin1").toString("base64");
      expect(steps[0]?.output).toEqual({ mediaType: "application/json", base64 });
      expect((await project.run(call(`${tool}.latin`))).steps[0]?.output).toBe("g\u00ff");
    },
  );
});

test.each(["file.well", "code.well", "stdio.echo", "far.act", "http.well", "openapi.well"])(
  "after all that %s answers",
  async (name) => {
    const report = await project.run(
      call(name)
        .replace("effect:", "with: { value: hi }\neffect:")
        .replace(/with.*\n/, (line) => (name.includes("well") ? "" : line)),
    );
    expect(report.error).toBeNull();
  },
);
