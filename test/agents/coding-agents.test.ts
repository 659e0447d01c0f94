import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { historyText } from "../secrets/history-text.ts";
import type { Act } from "./fake-program.ts";

const KEY = "sk-very-secret-key";
const TOKEN = "hush-hush-token";
const KINDS = ["claude-code", "codex", "opencode"];
/** Where each is to find its key. */
const KEY_VARIABLE: Readonly<Record<string, string>> = {
  "claude-code": "ANTHROPIC_API_KEY",
  codex: "CODEX_API_KEY",
  opencode: "OPENCODE_AGENT_KEY",
};

interface Started {
  readonly argv: readonly string[];
  readonly stdin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly resume?: string;
  readonly session: string;
  readonly cwd: string;
  readonly pid: number;
}

let project: TestProject;
beforeAll(async () => {
  process.env["AGENT_TEST_KEY"] = KEY;
  process.env["NOTES_TOKEN"] = TOKEN;
  process.env["WORKER_ONLY"] = "not for programs";
  const agents = KINDS.map(
    (kind) => `  ${kind}: { kind: ${kind}, command: bin/${kind}, api-key-env: AGENT_TEST_KEY }\n`,
  );
  project = await openProject({
    "aiworkflow.yaml": `agents:
${agents.join("")}  missing: { kind: codex, command: bin/nowhere, api-key-env: AGENT_TEST_KEY }
  keyless: { kind: claude-code, command: bin/claude-code, api-key-env: NO_SUCH_KEY }
  elsewhere: { kind: codex, command: bin/codex, api-key-env: AGENT_TEST_KEY, workdir: no/such }
  wordy: { kind: claude-code, command: bin/claude-code, api-key-env: AGENT_TEST_KEY, system: ${"x".repeat(200_000)} }
  laden: { kind: opencode, command: bin/opencode, api-key-env: AGENT_TEST_KEY, options: { x: ${"x".repeat(200_000)} } }
  below: { kind: codex, command: bin/codex, api-key-env: AGENT_TEST_KEY, workdir: below, permissions: [write] }
  not-it: { kind: claude-code, command: bin/not-it, api-key-env: AGENT_TEST_KEY }
`,
    "registry.yaml": `tools:
  notes: { kind: mcp, command: node, args: ["${resolve("test/agents/noting-server.ts")}", notes.jsonl], env: { NOTES_TOKEN: "\${{ secrets.NOTES_TOKEN }}" } }
`,
    "below/file": "x",
  });
  mkdirSync(join(project.dir, "fake"));
  const program = resolve("test/agents/fake-program.ts");
  for (const kind of KINDS)
    project.write(
      `bin/${kind}`,
      `#!/bin/sh\nexec "${process.execPath}" "${program}" ${kind} "${project.dir}/fake" "$@"\n`,
    );
  project.write("bin/not-it", "#!/bin/sh\necho Usage: not-it FILE\n");
  for (const name of readdirSync(join(project.dir, "bin"))) chmodSync(join(project.dir, "bin", name), 0o755);
});
afterAll(() => project.close());
beforeEach(() => {
  rmSync(join(project.dir, "fake"), { recursive: true, force: true });
  rmSync(join(project.dir, "notes.jsonl"), { force: true });
  mkdirSync(join(project.dir, "fake"));
});

const acts = (...list: readonly Act[]) => project.write("fake/acts.json", JSON.stringify(list));
const linesOf = (path: string) =>
  project
    .read(path)
    .trim()
    .split("\n")
    .filter((line) => line !== "");
const starts = () => linesOf("fake/starts.jsonl").map((line) => JSON.parse(line) as Started);
const ask = (step: string, prose = "Say hello.") => `## Ask\n${prose}\n\`\`\`yaml step\n${step}\n\`\`\`\n`;
const reached = (count: number) => expect.poll(() => linesOf("fake/reached").length, { timeout: 20_000 }).toBe(count);
const gone = (pids: readonly number[]) => expect.poll(() => pids.filter(isAlive), { timeout: 2000 }).toEqual([]);

describe.each(KINDS)("an agent step with %s", (kind) => {
  test("answers; its tokens are told, its key and the worker's variables are not", async () => {
    acts({ text: "Hello." });
    const run = await project.start(ask(`agent: ${kind}\npermissions: [read]`));
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    expect(report.steps[0]).toMatchObject({ output: "Hello.", attempts: 1, agent: expect.stringContaining(kind) });
    expect(report.usage).toEqual({
      usd: kind === "claude-code" ? 0.25 : null,
      inputTokens: 11,
      cacheReadTokens: 4,
      cacheWriteTokens: 3,
      outputTokens: 7,
      reasoningTokens: 2,
    });
    const [start] = starts();
    expect(start?.stdin).toContain("Say hello.");
    expect(start?.env[KEY_VARIABLE[kind] as string]).toBe(KEY);
    expect(start?.env["WORKER_ONLY"]).toBeUndefined();
    expect(JSON.stringify(start?.argv)).not.toContain(KEY);
    const history = await historyText(project.connected, run);
    expect(history).toContain("Hello.");
    expect(history).not.toContain(KEY);
    expect(readdirSync(join(project.dir, ".aiworkflow/sessions"))).toEqual([]);
  });

  test("calls a granted tool while it works; the tool has its own variables, the program none of them", async () => {
    acts({ calls: [{ tool: "notes__add", args: { text: "sagas" } }], text: "Noted." });
    const report = await project.run(`---\nsecrets: [NOTES_TOKEN]\n---\n${ask(`agent: ${kind}\ntools: [notes.add]`)}`);
    expect(report.error).toBeNull();
    const [call] = linesOf("notes.jsonl").map((line) => JSON.parse(line) as { env: Record<string, string> });
    expect(call).toMatchObject({ tool: "add", text: "sagas", env: { NOTES_TOKEN: TOKEN } });
    expect(call?.env[KEY_VARIABLE[kind] as string]).toBeUndefined();
    const [answer] = linesOf("fake/answers").map((line) => JSON.parse(line) as object);
    expect(answer).toMatchObject({ content: [{ type: "text", text: "add: sagas" }], isError: false });
    const [start] = starts();
    expect(JSON.stringify(start)).not.toContain(TOKEN);
    expect(JSON.stringify(start?.argv)).not.toContain(start?.env["AIWORKFLOW_TOOLS_TOKEN"]);
  });

  test("is not offered an operation that the step does not grant, and cannot call it", async () => {
    acts({ calls: [{ tool: "notes__wipe", args: { text: "all" } }], text: "Tried." });
    const report = await project.run(`---\nsecrets: [NOTES_TOKEN]\n---\n${ask(`agent: ${kind}\ntools: [notes.add]`)}`);
    expect(report.steps[0]?.status).toBe("completed");
    expect(JSON.parse(linesOf("fake/answers")[0] as string)).toMatchObject({
      offered: ["notes__add"],
      isError: true,
      content: [{ text: "there is no tool notes__wipe for this step" }],
    });
    expect(linesOf("notes.jsonl")).toEqual([]);
  });

  test("an answer that does not fit is mended in the same session, and paid for once", async () => {
    acts({ text: "many" }, { text: '{"n": 3}', value: { n: 3 } });
    const report = await project.run(ask(`agent: ${kind}\noutput: { n: integer }`));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: { n: 3 } });
    const [, second] = starts();
    expect(readdirSync(join(project.dir, "fake/sessions"))).toEqual([second?.resume]);
    expect(second?.stdin).toContain("does not fit");
    expect(second?.stdin).not.toContain("interrupted");
  });

  test("a worker killed in the middle: the session goes on, and its effect is there once", async () => {
    acts({ effect: "merged", children: true, hang: true }, { effect: "merged", text: "Done." });
    const run = await project.start(ask(`agent: ${kind}`));
    await reached(1);
    // The fake acts at once; a real one first asks its model, long after the worker has read and kept its session's name.
    const noted = join(project.dir, ".aiworkflow", "sessions");
    await expect.poll(() => existsSync(noted) && readdirSync(noted).length, { timeout: 20_000 }).toBe(1);
    process.kill(project.worker.pid, "SIGKILL");
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Done.", attempts: 1 });
    expect(linesOf("fake/effects")).toEqual(["merged"]);
    const [first, second] = starts();
    expect(readdirSync(join(project.dir, "fake/sessions"))).toEqual([second?.resume]);
    expect(second?.stdin).toContain("You were interrupted");
    expect(second?.stdin).toContain("Say hello.");
    await gone([first?.pid as number, ...linesOf("fake/children").map(Number)]);
  });

  test("a failed attempt is gone on with; where the session is lost a new one begins", async () => {
    acts({ status: 529 }, { text: "nobody asked" }, { text: "At last." });
    const run = await project.start(ask(`agent: ${kind}\nretry: { max-attempts: 2, initial-interval: 2s }`));
    await reached(1);
    rmSync(join(project.dir, "fake/sessions"), { recursive: true });
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "At last.", attempts: 2 });
    expect(starts().map(({ resume }) => resume !== undefined)).toEqual([false, true, false]);
  });

  test("a cancel of the run ends the program and all that it started", async () => {
    acts({ children: true, hang: true });
    const run = await project.start(ask(`agent: ${kind}`));
    await reached(1);
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
    await gone([starts()[0]?.pid as number, ...linesOf("fake/children").map(Number)]);
  });

  test("one that hangs is ended by the step's timeout, with all that it started", async () => {
    acts({ children: true, hang: true });
    const report = await project.run(ask(`agent: ${kind}\ntimeout: 3s\nretry: { max-attempts: 1 }`));
    expect(report.error?.code).toBe("step/timeout");
    await gone([starts()[0]?.pid as number, ...linesOf("fake/children").map(Number)]);
  });

  test.each<readonly [string, Act, string, string]>([
    ["exits", { exit: { code: 3, stderr: "no licence found" } }, "agent/exit", "no licence found"],
    ["is killed", { kill: true }, "agent/killed", "SIGKILL"],
    ["ends without an answer", {}, "agent/exit", "without an answer"],
    ["prints one endless line", { flood: "one line" }, "agent/flood", "printed more"],
    ["prints without end", { flood: "many lines" }, "agent/flood", "printed more"],
    ["is not logged in", { keyless: true }, "agent/no-key", "AGENT_TEST_KEY"],
    ["is refused its key", { status: 401 }, "agent/unauthorized", "401"],
    ["is told to wait", { status: 429 }, "agent/rate-limited", "429"],
    ["prints no JSON", { print: "Welcome!\n" }, "agent/bad-output", "Welcome!"],
  ])("one that %s fails with a code", async (_, act, code, message) => {
    acts(act);
    const report = await project.run(ask(`agent: ${kind}\nretry: { max-attempts: 1 }`));
    expect(report.error).toMatchObject({ code, message: expect.stringContaining(message) });
    await gone(starts().map(({ pid }) => pid));
  });

  test.each<readonly [NonNullable<Act["stop"]>, string]>([
    ["model", "agent/model-not-found"],
    ["length", "agent/truncated"],
    ["refusal", "agent/refused"],
    ["unsaid", "agent/exit"],
  ])("one whose model has no answer (%s) is started once, and the step says why", async (stop, code) => {
    acts({ stop }, { stop });
    // Codex does not tell a refusal from silence.
    const wanted = kind === "codex" && stop === "refusal" ? "agent/exit" : code;
    const attempts = wanted === "agent/exit" ? 1 : 2;
    const report = await project.run(ask(`agent: ${kind}\nretry: { max-attempts: ${attempts} }`));
    expect(report.error).toMatchObject({ code: wanted, step: "ask" });
    if (kind === "opencode" && stop === "unsaid") expect(report.error?.message).toContain("the disk is full");
    if (stop === "model") expect(report.error?.message).toContain("no-such-model");
    expect(starts()).toHaveLength(1);
    await gone(starts().map(({ pid }) => pid));
  });

  test("a greeting before the answer does no harm", async () => {
    acts({ print: "Welcome!\n", text: "Hello." });
    expect((await project.run(ask(`agent: ${kind}`))).steps[0]?.output).toBe("Hello.");
  });
});

test("one that has answered and does not end is ended, with all that it started, and its answer counts", async () => {
  acts({ children: true, text: "Hello.", linger: true });
  const report = await project.run(ask("agent: claude-code\ntimeout: 40s\nretry: { max-attempts: 1 }"));
  expect(report.steps[0]).toMatchObject({ status: "completed", output: "Hello.", attempts: 1 });
  expect(starts()).toHaveLength(1);
  await gone([starts()[0]?.pid as number, ...linesOf("fake/children").map(Number)]);
});

describe("what a step permits", () => {
  const argvOf = async (kind: string, permissions: string) => {
    acts({ text: "Done." });
    rmSync(join(project.dir, "fake/starts.jsonl"), { force: true });
    await project.run(ask(`agent: ${kind}\npermissions: ${permissions}`));
    return starts()[0] as Started;
  };

  test("claude-code: tools that are not permitted are not there", async () => {
    const tools = async (permissions: string) => {
      const { argv } = await argvOf("claude-code", permissions);
      expect(argv.slice(argv.indexOf("--permission-mode"))[1]).toBe("dontAsk");
      expect(argv).toContain("--setting-sources=");
      return [
        argv[argv.indexOf("--tools") + 1],
        argv.includes("--allowedTools") ? argv[argv.indexOf("--allowedTools") + 1] : "",
      ];
    };
    expect(await tools("[]")).toEqual(["", ""]);
    expect(await tools("[read]")).toEqual(["Read,Glob,Grep", ""]);
    expect(await tools("[write]")).toEqual(["Read,Glob,Grep,Edit,Write,NotebookEdit", "Edit(./**)"]);
    expect(await tools("[run, web]")).toEqual(["Read,Glob,Grep,Bash,WebFetch,WebSearch", "Bash,WebFetch,WebSearch"]);
  });

  test("codex: the sandbox is as wide as the step permits, and nobody is asked", async () => {
    const sandbox = async (permissions: string) => {
      const { argv } = await argvOf("codex", permissions);
      expect(argv).toContain('approval_policy="never"');
      const settings = argv.filter((one) => /^(sandbox_mode|web_search|features\.shell_tool)=/.test(one));
      return settings.map((one) => one.replaceAll('"', "").split("=")[1]);
    };
    expect(await sandbox("[]")).toEqual(["read-only", "disabled", "false"]);
    expect(await sandbox("[read]")).toEqual(["read-only", "disabled", "true"]);
    expect(await sandbox("[write]")).toEqual(["workspace-write", "disabled", "true"]);
    expect(await sandbox("[run, web]")).toEqual(["danger-full-access", "live", "true"]);
  });

  test("opencode: everything is denied but what the step permits", async () => {
    const allowed = async (permissions: string) => {
      const { env } = await argvOf("opencode", permissions);
      const { permission } = JSON.parse(env["OPENCODE_CONFIG_CONTENT"] as string) as {
        permission: Record<string, string>;
      };
      expect(permission["*"]).toBe("deny");
      return Object.keys(permission).slice(1);
    };
    expect(await allowed("[]")).toEqual([]);
    expect(await allowed("[write, web]")).toEqual(["read", "list", "glob", "grep", "edit", "webfetch", "websearch"]);
  });

  test("the agent's own setting counts where the step says nothing; it works in its folder", async () => {
    acts({ text: "Done." });
    await project.run(ask("agent: below"));
    expect(starts()[0]?.argv).toContain('sandbox_mode="workspace-write"');
    expect(starts()[0]?.cwd).toBe(join(project.dir, "below"));
  });
});

test.each([
  ["missing", "agent/no-program", "bin/nowhere"],
  ["keyless", "agent/no-key", "NO_SUCH_KEY"],
  ["elsewhere", "agent/no-workdir", "no/such"],
  ["wordy", "agent/settings-too-large", "arguments"],
  ["laden", "agent/settings-too-large", "OPENCODE_CONFIG_CONTENT"],
  ["not-it", "agent/bad-output", "Usage: not-it"],
])("an agent that is %s is told as such", async (agent, code, message) => {
  acts({ text: "never" });
  const report = await project.run(ask(`agent: ${agent}`));
  expect(report.error).toMatchObject({ code, message: expect.stringContaining(message) });
  expect(report.steps[0]?.attempts).toBe(1);
});

describe("a program among several agents", () => {
  const several = (primary: string, more = "") =>
    `---\nsecrets: [NOTES_TOKEN]\n---\n${ask(`agent: { primary: ${primary}, fallback: [opencode] }\nretry: { max-attempts: 1 }${more}`)}`;
  const TOOL = "\ntools: [notes.add]";

  test("that fails is followed by the next one", async () => {
    acts({ exit: { code: 3, stderr: "no licence found" } }, { text: "Done." });
    const report = await project.run(several("codex"));
    expect(report.steps[0]).toMatchObject({
      output: "Done.",
      failovers: [{ from_agent: "codex", to_agent: "opencode" }],
    });
  });

  test("that has called a tool that is to be called once is not", async () => {
    const calls = [{ tool: "notes__add", args: { text: "once" } }];
    acts({ calls, exitAfter: { code: 3, stderr: "no licence found" } }, { text: "Done." });
    const report = await project.run(several("codex", TOOL));
    expect(report.error).toMatchObject({ code: "agent/exit" });
    expect(report.notices.join()).toContain("codex has called a tool that is to be called once");
    expect(starts()).toHaveLength(1);
  });

  test("that has called it before its answer had to be mended is not, either", async () => {
    const calls = [{ tool: "notes__add", args: { text: "once" } }];
    acts({ calls, text: "many" }, { exit: { code: 3, stderr: "no licence found" } }, { text: "Done." });
    const report = await project.run(several("codex", `${TOOL}\noutput: { n: integer }`));
    expect(report.error).toMatchObject({ code: "agent/exit" });
    expect(starts()).toHaveLength(2);
  });

  test("that was granted such a tool and did not call it is followed", async () => {
    acts({ exit: { code: 3, stderr: "no licence found" } }, { text: "Done." });
    const report = await project.run(several("codex", TOOL));
    expect(report.steps[0]).toMatchObject({ output: "Done.", failovers: [{ from_agent: "codex" }] });
  });

  test("that never began is followed, whatever it was granted", async () => {
    acts({ text: "Done." });
    const report = await project.run(several("keyless", TOOL));
    expect(report.steps[0]).toMatchObject({ output: "Done.", failovers: [{ reason: "initialization_failed" }] });
  });
});
