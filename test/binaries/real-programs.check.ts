// The real programs from npm, driven by the interpreter against a local fake of their APIs. `npm run test:binaries`; not part of
// `npm test`, because it fetches some 700 MB. Set AIWORKFLOW_BINARIES to a folder to keep what it fetched.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/plan/json.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type HttpMcp, startHttpMcp } from "../tools/http-mcp.ts";
import { type Installed, installProgram } from "./install-program.ts";
import { type ModelApi, startModelApi } from "./model-api.ts";

const KEY = "sk-very-secret-key";
const TOKEN = "hush-hush-token";
/** Nobody listens there: calls to this machine must not go through it. */
const PROXY = "http://127.0.0.1:1";
/** Longer than clients of the Model Context Protocol wait by themselves. */
const LONG_SECONDS = 70;
const PROGRAMS = [
  { kind: "claude-code", package: "@anthropic-ai/claude-code@2.1", bin: "claude", model: "claude-opus-5-5", path: "" },
  { kind: "codex", package: "@openai/codex@0.171", bin: "codex", model: "gpt-test", path: "/v1" },
  { kind: "opencode", package: "opencode-ai@1.18", bin: "opencode", model: "anthropic/claude-test", path: "/v1" },
];
/** How each writes a file. */
const WRITE: Readonly<Record<string, (file: string) => { readonly name: string; readonly args: JsonObject }>> = {
  "claude-code": (file_path) => ({ name: "Write", args: { file_path, content: "x" } }),
  codex: (file) => ({ name: "exec_command", args: { cmd: `touch ${file}` } }),
  opencode: (filePath) => ({ name: "write", args: { filePath, content: "x" } }),
};
const kept = process.env["AIWORKFLOW_BINARIES"];
const folder = kept ?? mkdtempSync(join(tmpdir(), "aiworkflow-binaries-"));
const installed: Record<string, Installed> = {};

let api: ModelApi;
let far: HttpMcp;
let project: TestProject;
beforeAll(async () => {
  process.env["AGENT_TEST_KEY"] = KEY;
  process.env["NOTES_TOKEN"] = TOKEN;
  process.env["OPENAI_API_KEY"] = KEY;
  process.env["HOME"] = join(folder, "home");
  mkdirSync(process.env["HOME"], { recursive: true });
  for (const program of PROGRAMS) {
    const found = await installProgram(folder, program);
    installed[program.kind] = found;
    console.log("skipped" in found ? `SKIPPED ${program.kind}: ${found.skipped}` : `${program.kind}: ${found.version}`);
  }
  process.env["HTTP_PROXY"] = PROXY;
  process.env["HTTPS_PROXY"] = PROXY;
  api = await startModelApi();
  far = await startHttpMcp();
  const agents = PROGRAMS.map(({ kind, model, path }) => {
    const found = installed[kind] as Installed;
    const command = "path" in found ? found.path : "nowhere";
    return `  ${kind}: { kind: ${kind}, command: "${command}", model: "${model}", base-url: "${api.url}${path}", api-key-env: AGENT_TEST_KEY, system: Be brief. }\n`;
  });
  const commandOf = (kind: string) => {
    const found = installed[kind] as Installed;
    return "path" in found ? found.path : "nowhere";
  };
  for (const { kind, model, path } of PROGRAMS)
    agents.push(
      `  ${kind}-lost: { kind: ${kind}, command: "${commandOf(kind)}", model: "${model.replace(/[^/]+$/, "no-such-model")}", base-url: "${api.url}${path}", api-key-env: AGENT_TEST_KEY }\n`,
    );
  const opencode = `kind: opencode, command: "${commandOf("opencode")}"`;
  agents.push(
    `  opencode-openai: { ${opencode}, model: openai/gpt-test, base-url: "${api.url}/v1", api-key-env: AGENT_TEST_KEY }\n`,
    `  opencode-ollama: { ${opencode}, model: ollama/qwen-test, base-url: "${api.url}/v1" }\n`,
    `  opencode-openai-lost: { ${opencode}, model: openai/no-such-model, base-url: "${api.url}/v1", api-key-env: AGENT_TEST_KEY }\n`,
    `  opencode-unknown: { ${opencode}, model: openai/no-such-model }\n`,
  );
  const server = resolve("test/agents/noting-server.ts");
  project = await openProject({
    "aiworkflow.yaml": `agents:\n${agents.join("")}`,
    "registry.yaml": `tools:
  notes: { kind: mcp, command: node, args: ["${server}", notes.jsonl], env: { NOTES_TOKEN: "\${{ secrets.NOTES_TOKEN }}" }, operations: { add: { effect: idempotent } } }
  far: { kind: mcp, url: "${far.url}", headers: { Authorization: "Bearer \${{ secrets.NOTES_TOKEN }}" }, operations: { act: { effect: read } } }
`,
    "tools/nap.sh": '#!/bin/bash\nsleep "$seconds"\necho "slept $seconds" >> naps\necho rested\n',
    "tools/nap.yaml": "operations: { take: { parameters: { seconds: number }, effect: read, timeout: 5m } }\n",
    // What the project says to people's own sessions is not said to ours.
    "CLAUDE.md": "PROJECT-MEMORY",
    "AGENTS.md": "PROJECT-MEMORY",
    ".claude/settings.json": JSON.stringify({
      permissions: { allow: ["Bash", "Write"] },
      hooks: { SessionStart: [{ hooks: [{ type: "command", command: "touch hook-ran" }] }] },
    }),
  });
});
afterAll(async () => {
  await project?.close();
  await api?.close();
  await far?.close();
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => rmSync(join(project.dir, "notes.jsonl"), { force: true }));

const notes = () => {
  const lines = project
    .read("notes.jsonl")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};
const step = (body: string) =>
  `---\nsecrets: [NOTES_TOKEN]\n---\n## Ask\nAdd a note, then say how many there are.\n\`\`\`yaml step\n${body}\n\`\`\`\n`;
const output = "output: { count: integer, summary: string }";
const answer = { count: 1, summary: "one note" };

describe.each(PROGRAMS)("the real $kind", ({ kind }) => {
  test("thinks, calls one MCP tool for real, answers in the step's shape", async ({ skip }) => {
    const found = installed[kind] as Installed;
    if ("skipped" in found) return skip(found.skipped);
    const before = api.requests.length;
    api.script({ call: { name: "add", args: { text: "sagas" } }, answer });
    const report = await project.run(step(`agent: ${kind}\ntools: [notes.add]\n${output}\ntimeout: 90s`));
    expect(report.error).toBeNull();
    expect(report.steps[0]).toMatchObject({ status: "completed", output: answer, attempts: 1 });
    expect(notes()).toMatchObject([{ tool: "add", text: "sagas", env: { NOTES_TOKEN: TOKEN } }]);
    expect(JSON.stringify(notes())).not.toContain(KEY);
    expect(report.usage.outputTokens).toBeGreaterThanOrEqual(14);
    const asked = JSON.stringify(api.requests.slice(before));
    expect(asked).toContain("Be brief.");
    expect(asked).not.toContain("PROJECT-MEMORY");
    if (kind === "claude-code") expect(asked).toContain('"thinking":{"type":"adaptive"');
    if (kind === "codex") expect(asked).toContain('"reasoning":{');
    expect(existsSync(join(project.dir, "hook-ran"))).toBe(false);
    return undefined;
  });

  test("calls an MCP server over HTTP, and a script; it sees neither the server's key nor anything but their answers", async ({
    skip,
  }) => {
    const found = installed[kind] as Installed;
    if ("skipped" in found) return skip(found.skipped);
    const before = { calls: far.calls, asked: api.requests.length };
    api.script({ call: { name: "act", args: { value: "over there" } }, answer });
    const remote = await project.run(step(`agent: ${kind}\ntools: [far.act]\n${output}\ntimeout: 90s`));
    expect(remote.error).toBeNull();
    expect(far.calls).toBe(before.calls + 1);
    expect(far.heard.at(-1)?.authorization).toBe(`Bearer ${TOKEN}`);
    api.script({ call: { name: "take", args: { seconds: 0 } }, answer });
    const script = await project.run(step(`agent: ${kind}\ntools: [nap.take]\n${output}\ntimeout: 90s`));
    expect(script.error).toBeNull();
    const asked = JSON.stringify(api.requests.slice(before.asked));
    expect(asked).toContain("over there");
    expect(asked).toContain("rested");
    expect(asked).not.toContain(TOKEN);
    return undefined;
  });

  test("that its API fails in the middle of its work: what it told of its tokens counts", async ({ skip }) => {
    const found = installed[kind] as Installed;
    if ("skipped" in found) return skip(found.skipped);
    api.script({ call: { name: "act", args: { value: "x" } }, answer, fail: 400 });
    const report = await project.run(
      step(`agent: ${kind}\ntools: [far.act]\n${output}\ntimeout: 90s\nretry: { max-attempts: 1 }`),
    );
    expect(report.status).toBe("failed");
    // Codex tells at the end of a turn that it has finished, and nowhere else.
    if (kind === "codex") expect(report.usage.outputTokens).toBe(0);
    else expect(report.usage).toMatchObject({ inputTokens: expect.any(Number), outputTokens: 7 });
    return undefined;
  });

  test("cannot use an operation that the step does not grant", async ({ skip }) => {
    const found = installed[kind] as Installed;
    if ("skipped" in found) return skip(found.skipped);
    api.script({ call: { name: "wipe", args: { text: "all" } }, answer });
    const report = await project.run(step(`agent: ${kind}\ntools: [notes.add]\n${output}\ntimeout: 90s`));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: answer });
    expect(notes()).toEqual([]);
    return undefined;
  });

  test("writes a file where the step permits it, and only there", async ({ skip }) => {
    const found = installed[kind] as Installed;
    if ("skipped" in found) return skip(found.skipped);
    const write = WRITE[kind] as (file: string) => { readonly name: string; readonly args: JsonObject };
    for (const permissions of ["read", "write"]) {
      const file = `${kind}-${permissions}.txt`;
      api.script({ call: { ...write(join(project.dir, file)), blind: true }, answer });
      const report = await project.run(step(`agent: ${kind}\npermissions: [${permissions}]\n${output}\ntimeout: 90s`));
      expect(report.steps[0]).toMatchObject({ status: "completed", output: answer });
      expect(existsSync(join(project.dir, file))).toBe(permissions === "write");
    }
    return undefined;
  });

  test("goes on with its session after the worker was killed, its effect is there once, and no process is left", async ({
    skip,
  }) => {
    const found = installed[kind] as Installed;
    if ("skipped" in found) return skip(found.skipped);
    const before = api.requests.length;
    const call = { name: "add", args: { text: "kills" } };
    api.script({ call, answer, hang: true });
    const run = await project.start(step(`agent: ${kind}\ntools: [notes.add]\n${output}\ntimeout: 90s`));
    await expect.poll(() => api.requests.length, { timeout: 80_000 }).toBeGreaterThanOrEqual(before + 2);
    expect(notes()).toHaveLength(1);
    const killedAfter = api.requests.length;
    api.script({ call, answer });
    process.kill(project.worker.pid, "SIGKILL");
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "completed", output: answer, attempts: 1 });
    expect(notes()).toHaveLength(1);
    // Two calls of the model were answered, one before the kill and one after it.
    expect(report.usage).toMatchObject({ inputTokens: 22, cacheReadTokens: 8 });
    const asked = JSON.stringify(api.requests.slice(killedAfter));
    expect(asked).toContain("You were interrupted");
    await expect.poll(() => programsOf(found.path), { timeout: 2000 }).toEqual([]);
    return undefined;
  });
});

/** Skips a test of an agent whose program could not be installed. */
function skipWhereMissing(agent: string, skip: (why: string) => never): void {
  const program = PROGRAMS.find(({ kind }) => agent.startsWith(kind));
  const found = installed[program?.kind ?? ""] as Installed;
  if ("skipped" in found) skip(found.skipped);
}

test.for([...PROGRAMS.map(({ kind }) => `${kind}-lost`), "opencode-openai-lost", "opencode-unknown"])(
  "%s: a model that is not there is told as that, after one attempt",
  async (agent, { skip }) => {
    skipWhereMissing(agent, skip);
    const report = await project.run(step(`agent: ${agent}\n${output}\ntimeout: 60s`));
    expect(report.error).toMatchObject({ code: "agent/model-not-found", step: "ask" });
    expect(report.error?.message).toContain("no-such-model");
    expect(report.steps[0]?.attempts).toBe(1);
  },
);

test.for([
  ["claude-code", "length", "agent/truncated"],
  ["claude-code", "refusal", "agent/refused"],
  ["codex", "length", "agent/truncated"],
  ["codex", "refusal", "agent/exit"],
  ["opencode", "length", "agent/truncated"],
  ["opencode", "refusal", "agent/refused"],
] as const)("%s: an answer that ends by %s is %s", async ([kind, stop, code], { skip }) => {
  skipWhereMissing(kind, skip);
  api.script({ answer, stop });
  const report = await project.run(step(`agent: ${kind}\ntimeout: 60s\nretry: { max-attempts: 1 }`));
  expect(report.error).toMatchObject({ code, step: "ask" });
});

test.for(["opencode", "opencode-openai", "opencode-ollama"])(
  "%s: one tool call, one effect",
  async (agent, { skip }) => {
    skipWhereMissing(agent, skip);
    api.script({ call: { name: "add", args: { text: agent } }, answer });
    const report = await project.run(step(`agent: ${agent}\ntools: [notes.add]\n${output}\ntimeout: 90s`));
    expect(report.error).toBeNull();
    expect(report.steps[0]?.output).toEqual(answer);
    expect(notes()).toMatchObject([{ tool: "add", text: agent }]);
  },
);

test("each waits for a call of more than a minute", async ({ skip }) => {
  const there = PROGRAMS.filter(({ kind }) => "path" in (installed[kind] as Installed));
  if (there.length === 0) return skip("none could be installed");
  api.script({ call: { name: "take", args: { seconds: LONG_SECONDS } }, answer });
  const reports = await Promise.all(
    there.map(({ kind }) => project.run(step(`agent: ${kind}\ntools: [nap.take]\n${output}\ntimeout: 3m`))),
  );
  expect(reports.map(({ error }) => error)).toEqual(there.map(() => null));
  const naps = project.read("naps").split("\n");
  expect(naps.filter((line) => line === `slept ${LONG_SECONDS}`)).toHaveLength(there.length);
  return undefined;
});

/** Living processes of a program. */
function programsOf(path: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isAlive(Number(name)))
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return line.includes(resolve(path, "../..")) ? [line] : [];
      } catch {
        return [];
      }
    });
}
