// Tools and providers over TLS, with certificates of an authority that only NODE_EXTRA_CA_CERTS makes trusted.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FakeApi, startFakeApi } from "../agents/fake-api.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type HttpMcp, startHttpMcp } from "../tools/http-mcp.ts";
import { type Recorder, startRecorder } from "../tools/open-http-tool.ts";
import { createAuthority } from "./certificates.ts";
import { startTlsFront, type TlsFront } from "./tls-front.ts";

/** How a server shows itself; each stands before the three servers. */
const SHOWN = ["good", "other-name", "untrusted"] as const;
const BEHIND = ["http", "mcp", "api"] as const;

let folder: string;
let recorder: Recorder;
let mcp: HttpMcp;
let api: FakeApi;
let project: TestProject;
const fronts = new Map<string, TlsFront>();
const before = process.env["NODE_EXTRA_CA_CERTS"];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-tls-"));
  const trusted = createAuthority("Trusted");
  writeFileSync(join(folder, "ca.pem"), trusted.cert);
  process.env["NODE_EXTRA_CA_CERTS"] = join(folder, "ca.pem");
  process.env["TLS_TEST_KEY"] = "k".repeat(20);
  recorder = await startRecorder();
  [mcp, api] = [await startHttpMcp(), await startFakeApi()];
  const certificates = {
    good: trusted.issue("localhost"),
    "other-name": trusted.issue("elsewhere.example"),
    untrusted: createAuthority("Stranger").issue("localhost"),
  };
  for (const shown of SHOWN)
    for (const [index, target] of [recorder.url, mcp.url, api.url].entries())
      fronts.set(`${shown} ${BEHIND[index]}`, await startTlsFront(certificates[shown], target));
  const url = (shown: string, behind: string) => `https://localhost:${fronts.get(`${shown} ${behind}`)?.port}`;
  const agents = SHOWN.map(
    (shown) => `  claude-${shown}: { kind: anthropic, base-url: "${url(shown, "api")}", api-key-env: TLS_TEST_KEY }
  gpt-${shown}: { kind: openai, base-url: "${url(shown, "api")}/v1", api-key-env: TLS_TEST_KEY }
  local-${shown}: { kind: openai-compatible, model: llama-test, base-url: "${url(shown, "api")}/v1" }
`,
  );
  const local = "allow-addresses: [127.0.0.1, '::1']";
  const tools = SHOWN.map(
    (
      shown,
    ) => `  http-${shown}: { kind: http, base-url: "${url(shown, "http")}", ${local}, operations: { act: { path: /get }, send: { method: POST, path: /post } } }
  openapi-${shown}: { kind: openapi, document: ${shown}.json, ${local} }
  mcp-${shown}: { kind: mcp, url: "${url(shown, "mcp")}/mcp" }
`,
  );
  const documents = SHOWN.map((shown) => {
    const get = { operationId: "act", responses: { 200: { description: "ok" } } };
    const document = { openapi: "3.1.0", info: { title: "t", version: "1" }, servers: [{ url: url(shown, "http") }] };
    return [`${shown}.json`, JSON.stringify({ ...document, paths: { "/get": { get } } })] as const;
  });
  project = await openProject({
    "aiworkflow.yaml": `agents:\n${agents.join("")}`,
    "registry.yaml": `tools:\n${tools.join("")}`,
    ...Object.fromEntries(documents),
  });
});
afterAll(async () => {
  await project.close();
  await Promise.all([...fronts.values()].map((front) => front.close()));
  await Promise.all([recorder.close(), mcp.close(), api.close()]);
  if (before === undefined) delete process.env["NODE_EXTRA_CA_CERTS"];
  else process.env["NODE_EXTRA_CA_CERTS"] = before;
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  api.forget();
});

const call = (name: string, more = "effect: read") => `## Call\n\`\`\`yaml step\nuses: ${name}\n${more}\n\`\`\`\n`;
const ask = (agent: string) => `## Ask\nHello.\n\`\`\`yaml step\nagent: ${agent}\n\`\`\`\n`;
const NAMES = /altnames|does not match/;
const TRUST = /unable to (get|verify)|self.signed|issuer/i;

describe.each([
  ["http", "http"],
  ["openapi", "http"],
  ["mcp", "mcp"],
])("a tool of kind %s", (kind, behind) => {
  test("calls a server whose certificate an authority of the user's has signed, by its name", async () => {
    const report = await project.run(call(`${kind}-good.act`));
    expect(report.error).toBeNull();
    const names = fronts.get(`good ${behind}`)?.names as unknown[];
    expect(new Set(names)).toEqual(new Set(["localhost"]));
  });

  test.each([
    ["other-name", NAMES],
    ["untrusted", TRUST],
  ])("does not call one that is %s, says why, and does not try again", async (shown, words) => {
    const sent = [recorder.requests.length, mcp.heard.length];
    const report = await project.run(call(`${kind}-${shown}.act`, "effect: at-most-once\nretry: { max-attempts: 3 }"));
    expect(report).toMatchObject({ status: "failed", error: { code: "tool/unreachable" } });
    expect(report.error?.message).toMatch(words);
    expect(report.steps[0]?.attempts).toBe(1);
    expect([recorder.requests.length, mcp.heard.length]).toEqual(sent);
  });
});

describe.each(["claude", "gpt", "local"])("the provider of %s", (agent) => {
  test("calls a server whose certificate an authority of the user's has signed, by its name", async () => {
    api.script({ text: "Hello." });
    const report = await project.run(ask(`${agent}-good`));
    expect(report.error).toBeNull();
    expect(new Set(fronts.get("good api")?.names)).toEqual(new Set(["localhost"]));
  });

  test.each([
    ["other-name", NAMES],
    ["untrusted", TRUST],
  ])("does not call one that is %s, says why, and does not try again", async (shown, words) => {
    const sent = api.requests.length;
    const report = await project.run(ask(`${agent}-${shown}`));
    expect(report.error?.code).toBe("agent/connection");
    expect(report.error?.message).toMatch(words);
    expect(report.steps[0]?.attempts).toBe(1);
    expect(api.requests.length).toBe(sent);
  });
});
