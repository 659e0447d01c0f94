// Providers that are a file of the project: shown, asked, bound to the contract, and carried by the run.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProvider } from "../../src/agents/registry.ts";
import type { AgentSpec } from "../../src/plan/agent-spec.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { requestOf } from "./apis.ts";

const [, PROVIDER = ""] = /```ts\n(\/\/ agents\/[\s\S]*?)```/.exec(readFileSync("docs/agents.md", "utf8")) ?? [];

describe("in a project", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openProject({
      "agents/shout.ts": PROVIDER,
      "aiworkflow.yaml": "agents:\n  loud: { kind: ./agents/shout.ts, capabilities: { tool-calling: true } }\n",
      "tools/notes.sh": '#!/bin/sh\nprintf \'{"note": "about %s"}\' "$topic"\n',
      "tools/notes.yaml":
        "operations: { find: { description: Finds notes, parameters: { topic: string }, effect: read } }\n",
    });
  });
  afterAll(() => project.close());

  test("the provider of the documentation has at most 30 lines, is listed, and answers", async () => {
    expect(PROVIDER.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
    const list = await runCommand(project.dir, "agent", "list");
    expect(list.stdout).toContain("./agents/shout.ts");
    const { code, stdout } = await runCommand(project.dir, "agent", "test", "loud", "--prompt", "psst", "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true, text: "PSST" }]);
  });

  test("it answers a step, also one with tools", async () => {
    const report = await project.run("## Say\n```yaml step\nagent: loud\ntools: [notes.find]\n```\nsagas\n");
    expect(report.error).toBeNull();
    expect(report.steps[0]).toMatchObject({ status: "completed", output: '{"NOTE":"ABOUT SAGAS"}' });
    expect(report.usage.outputTokens).toBeGreaterThan(0);
  });

  test("a run goes on with the file that it began with", async () => {
    const run = await project.start("## Wait\n```yaml step\nwait-for: { signal: go }\n```\n## Say\nhush\n");
    await project.follow(run, "waiting");
    project.write("agents/shout.ts", "export const provider = { call: async () => ({ text: 'another' }) };\n");
    await project.connected.client.workflow.getHandle(run).signal("go");
    expect((await project.follow(run)).steps[1]).toMatchObject({ output: "HUSH" });
    expect((await project.run("## Say\nhush\n")).steps[0]).toMatchObject({ output: "another" });
  });

  test("an edit of capabilities.yaml flips what may be granted", async () => {
    project.write("capabilities.yaml", "loud: { tool-calling: false }\n");
    project.write("aiworkflow.yaml", "agents:\n  loud: { kind: ./agents/shout.ts }\n");
    project.write("t.md", "## Say\n```yaml step\ntools: [notes.find]\n```\nhush\n");
    expect((await runCommand(project.dir, "validate", "t.md")).stderr).toContain("agent/no-tool-calling");
    project.write("capabilities.yaml", "loud: { tool-calling: true }\n");
    expect((await runCommand(project.dir, "validate", "t.md")).code).toBe(0);
    const version = "loud: { tool-calling: true, version: 7, context-window: 4000, models: [shout-1] }\n";
    project.write("capabilities.yaml", version.replace("7", '"7"'));
    project.write(
      "aiworkflow.yaml",
      "agents:\n  loud: { kind: ./agents/shout.ts, capabilities: { reasoning: true, version: '8' } }\n",
    );
    const info = await runCommand(project.dir, "agent", "info", "loud", "--json");
    const builtIn = (value: unknown) => ({ value, from: "built-in" });
    expect(JSON.parse(info.stdout).capabilities).toEqual({
      provider: builtIn(null),
      version: { value: "8", from: "agents" },
      models: { value: ["shout-1"], from: "capabilities.yaml" },
      "tool-calling": { value: true, from: "capabilities.yaml" },
      "structured-output": builtIn("prompted"),
      streaming: builtIn(false),
      "multi-turn": builtIn(false),
      reasoning: { value: true, from: "agents" },
      "extended-reasoning": builtIn(null),
      "code-execution": builtIn(false),
      "file-creation": builtIn(false),
      mcp: builtIn("none"),
      "web-search": builtIn(false),
      "context-window": { value: 4000, from: "capabilities.yaml" },
    });
  });
});

describe("the contract", () => {
  let stateDir: string;
  beforeAll(() => void (stateDir = mkdtempSync(join(tmpdir(), "aiworkflow-own-"))));
  afterAll(() => rmSync(stateDir, { recursive: true }));

  async function ask(text: string) {
    const bytes = Buffer.from(text);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const spec: AgentSpec = { kind: "./own.ts", module: { path: "./own.ts", sha256, bytes: bytes.length } };
    const base = requestOf(spec);
    const request = requestOf(spec, { readFile: () => Promise.resolve(bytes), host: { ...base.host, stateDir } });
    return (await loadProvider(spec, request)).call(request);
  }
  const answering = (answer: string) => `export const provider = { call: async () => (${answer}) };`;

  test("what an answer does not say is filled up", async () => {
    const answer = await ask(answering('{ text: "Hm.", usage: { inputTokens: 2 } }'));
    expect(answer).toMatchObject({ text: "Hm.", calls: [], raw: null, rawForm: "./own.ts", repliesUsed: 0 });
    expect(answer.usage).toMatchObject({ inputTokens: 2, outputTokens: 0 });
  });

  test.each([
    ["export const provider = {", "cannot be loaded"],
    ["throw new Error('at once');", "at once"],
    ["export const other = 1;", "must export `provider`"],
    [answering("undefined"), "must be an object"],
    [answering("{}"), "neither text nor calls"],
    [answering("{ text: 7 }"), "are text"],
    [answering("{ calls: [{ name: 'x' }] }"), "list of {id, name, argumentsJson}"],
    [answering("{ text: 'a', usage: { tokens: 3 } }"), "inputTokens"],
    [answering("{ text: 'a', usage: { inputTokens: -3 } }"), "whole numbers"],
    [answering("{ text: 'a', raw: 1n }"), "BigInt"],
  ])("%s is told: %s", async (text, why) => {
    await expect(ask(text)).rejects.toMatchObject({
      code: "agent/bad-provider",
      message: expect.stringContaining(why),
    });
  });

  test.each([
    ["Object.assign(new Error('slow'), { status: 429, retryAfterMs: 50 })", "agent/rate-limited", true],
    ["Object.assign(new Error('who?'), { status: 401 })", "agent/unauthorized", false],
    ["Object.assign(new Error('no'), { code: 'agent/refused' })", "agent/refused", false],
    ["new Error('oops')", "agent/provider-failed", true],
    ["Object.assign(new Error('oops'), { retryable: false })", "agent/provider-failed", false],
    ["'only text'", "agent/provider-failed", true],
  ])("a throw of %s is %s", async (thrown, code, retryable) => {
    const text = `export const provider = { async call() { throw ${thrown}; } };`;
    await expect(ask(text)).rejects.toMatchObject({ code, retryable });
  });
});
