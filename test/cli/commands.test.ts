import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { commandTable } from "../../src/cli/command-table.ts";
import { beginCommand, runCommand, type Running } from "../command-line.ts";

let folder: string;
let dev: Running;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-commands-"));
  await runCommand(folder, "init");
  mkdirSync(join(folder, "tools"));
  writeFileSync(join(folder, "tools", "notes.sh"), "#!/bin/sh\necho found\n");
  writeFileSync(
    join(folder, "gate.md"),
    "## Ask\n```yaml step\napproval: { message: Ship it?, approvers: [ann] }\n```\n",
  );
  writeFileSync(
    join(folder, "form.md"),
    "## Form\n```yaml step\nask: { message: Which?, fields: { color: string } }\n```\n## Then\nset it.\n```yaml step\nset: { a: 1 }\n```\n",
  );
  writeFileSync(
    join(folder, "undo.md"),
    "## Do\n```bash run\necho 1\n```\n```yaml undo\nrun: echo undone\n```\n## Rest\n```yaml step\nset: { a: 1 }\n```\n",
  );
  writeFileSync(join(folder, "calls.md"), "## Sub\n```yaml step\nworkflow: gate.md\n```\n");
  writeFileSync(join(folder, "rest.md"), "## Rest\n```yaml step\nwait: 1h\n```\n");
  writeFileSync(join(folder, "broken.md"), "## One\n```yaml step\nwiat: 1s\n```\n");
  writeFileSync(join(folder, "failing.md"), "## One\n```bash run\necho why >&2; exit 3\n```\n");
  writeFileSync(
    join(folder, "inputs.md"),
    "---\ninputs: { n: integer, s: string }\n---\n## One\n```yaml step\nset: { a: 1 }\n```\n",
  );
  dev = beginCommand(folder, "dev");
  await vi.waitFor(() => expect(dev.stderr()).toContain("Ctrl-C"), { timeout: 60_000, interval: 50 });
  for (const [id, file] of [
    ["first", "workflows/hello.md"],
    ["gate", "gate.md"],
    ["other", "gate.md"],
    ["rest", "rest.md"],
    ["form", "form.md"],
    ["undo", "undo.md"],
    ["again", "undo.md"],
    ["held", "rest.md"],
    ["ended", "rest.md"],
    ["skipped", "rest.md"],
  ] as const) {
    const started = await runCommand(folder, "run", file, "--id", id, "--detach");
    expect(started.code, started.stderr).toBe(0);
  }
  await vi.waitFor(async () => expect((await runCommand(folder, "show", "first")).stdout).toContain("completed"), {
    timeout: 20_000,
    interval: 50,
  });
});
afterAll(async () => {
  dev.child.kill("SIGINT");
  await dev.ended;
  rmSync(folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 200 });
});

/** A typical call of every command, and what its JSON has. `dev` and `worker` stay; they have tests of their own. */
const calls: Readonly<Record<string, readonly [args: readonly string[], expected: object]>> = {
  "init [path]": [["init", "another"], { path: "another", files: expect.any(Array) }],
  "run <file>": [["run", "workflows/hello.md"], { status: "completed", steps: expect.any(Array) }],
  list: [["list"], { runs: expect.arrayContaining([expect.objectContaining({ run: "first", status: "completed" })]) }],
  "show <run>": [["show", "first"], { run: "first", usage: { usd: 0, inputTokens: 0, outputTokens: 0 } }],
  "log <run>": [["log", "first"], {}],
  "approvals list": [
    ["approvals", "list"],
    { approvals: expect.arrayContaining([expect.objectContaining({ run: "gate", step: "ask", min: 1 })]) },
  ],
  "approve <run> [step]": [
    ["approve", "gate", "ask", "--as", "ann"],
    { run: "gate", step: "ask", decision: "approve", settled: true },
  ],
  "reject <run> [step]": [
    ["reject", "other", "--as", "ann"],
    { run: "other", step: "ask", decision: "reject", settled: true },
  ],
  "cancel <run>": [["cancel", "rest"], { run: "rest" }],
  "workflow list": [["workflow", "list"], { workflows: [expect.objectContaining({ name: "hello" })] }],
  "workflow validate <files...>": [
    ["workflow", "validate", "workflows/hello.md"],
    { files: [expect.objectContaining({ valid: true })] },
  ],
  "workflow show <file>": [["workflow", "show", "workflows/hello.md"], {}],
  "workflow create <name>": [["workflow", "create", "weekly"], {}],
  "answer <run> [step]": [
    ["answer", "form", "-i", "color=blue", "--as", "ann"],
    { run: "form", step: "form", decision: "answer", settled: true },
  ],
  "watch <run>": [["watch", "first"], { run: "first", status: "completed" }],
  "pause <run>": [["pause", "held"], { run: "held", action: "pause", status: "paused" }],
  "resume <run>": [["resume", "held"], { run: "held", action: "resume", status: "waiting" }],
  "skip <run> <step>": [["skip", "skipped", "rest"], { run: "skipped", action: "skip", step: "rest" }],
  "terminate <run>": [["terminate", "ended"], { run: "ended", status: "failed" }],
  "rollback <run>": [["rollback", "undo"], { run: "undo-rollback", status: "compensated", unfinished: [] }],
  "rerun <run>": [["rerun", "again", "--from", "do"], { run: "again", status: "completed" }],
  "fork <run>": [["fork", "first", "--id", "forked"], { run: "forked", status: "completed" }],
  stats: [["stats"], { all: { workflow: "all", byStatus: expect.any(Object) }, workflows: expect.any(Array) }],
  cleanup: [["cleanup", "--older-than", "1d"], { runs: [], deleted: true }],
  "replay <run>": [["replay", "first"], { replayed: "first", fits: true, why: null }],
  "graph <file>": [
    ["graph", "workflows/hello.md"],
    { workflow: "hello", mermaid: expect.stringMatching(/^flowchart TD/) },
  ],
  "plan <file> [other]": [["plan", "workflows/hello.md"], { plan: { format: 1, steps: expect.any(Array) } }],
  "agent list": [["agent", "list"], { agents: expect.arrayContaining([expect.objectContaining({ name: "sample" })]) }],
  "agent reset <name>": [["agent", "reset", "sample"], { agent: "sample", state: "closed" }],
  "route explain <file>": [
    ["route", "explain", "workflows/hello.md", "--strategy", "balanced"],
    { steps: expect.arrayContaining([expect.objectContaining({ agent: "sample" })]) },
  ],
  "route stats": [["route", "stats"], { totals: [] }],
  "agent info <name>": [
    ["agent", "info", "sample"],
    { capabilities: { "tool-calling": { value: true, from: "built-in" } } },
  ],
  "agent test <name>": [["agent", "test", "sample"], { agent: "sample", ok: true, usage: { usd: 0 } }],
  "agent health [name]": [
    ["agent", "health"],
    { agents: [expect.objectContaining({ name: "sample", is_healthy: true })] },
  ],
  "tools list": [["tools", "list"], { tools: [expect.objectContaining({ name: "notes" })] }],
  "tools show <name>": [["tools", "show", "notes"], { tool: { name: "notes", kind: "script", state: "ok" } }],
  "tools call <tool.operation>": [["tools", "call", "notes.run"], { output: "found" }],
  "tools discover": [["tools", "discover"], { files: [expect.objectContaining({ name: "notes" })], servers: [] }],
  "costs prices [model]": [
    ["costs", "prices", "gpt-4o-2024"],
    {
      asked: "gpt-4o-2024",
      prices: [expect.objectContaining({ model: "gpt-4o", unit: "tokens", input: 2.5, output: 10 })],
    },
  ],
  "costs estimate <file>": [
    ["costs", "estimate", "workflows/hello.md"],
    { workflow: "hello", least: 0, most: 0, steps: [expect.objectContaining({ path: "greet", agent: "sample" })] },
  ],
  "costs compare <file>": [
    ["costs", "compare", "workflows/hello.md", "--models", "mystery,gpt-4o"],
    {
      models: [expect.objectContaining({ model: "gpt-4o" }), expect.objectContaining({ model: "mystery", most: null })],
    },
  ],
  "costs summary": [
    ["costs", "summary", "--by", "agent", "--since", "7d"],
    { by: "agent", rows: [expect.objectContaining({ key: "sample", usd: 0 })], total: { usd: 0, unpricedCalls: 0 } },
  ],
  "costs list": [
    ["costs", "list", "--run", "first"],
    { calls: [expect.objectContaining({ run: "first", step: "greet", agent: "sample", usd: 0 })] },
  ],
  "costs limits add <name>": [
    ["costs", "limits", "add", "daily", "--usd", "10", "--period", "day", "--alert-at", "0.9"],
    { limit: { name: "daily", period: "day", usd: 10, onLimit: "stop", alertAt: [0.9] } },
  ],
  "costs limits list": [
    ["costs", "limits", "list"],
    { limits: [expect.objectContaining({ name: "daily", from: "added" })] },
  ],
  "costs budget": [
    ["costs", "budget"],
    { budgets: [expect.objectContaining({ name: "the limit daily", usd: 10, spentUsd: 0, leftUsd: 10 })] },
  ],
  "costs limits remove <name>": [["costs", "limits", "remove", "daily"], { removed: "daily" }],
  "costs prune": [["costs", "prune", "--before", "2026-01-01"], { calls: 0, usd: 0, deleted: true }],
  "explain <code>": [["explain", "step/outcome-unknown"], { code: "step/outcome-unknown" }],
  doctor: [["doctor"], { checks: expect.any(Array) }],
  version: [["version"], {}],
};
const STAYING = ["dev", "worker"];

test("every command has its call here", () => {
  expect([...Object.keys(calls), ...STAYING].sort()).toEqual(commandTable.map(({ usage }) => usage).sort());
});

describe.each(Object.entries(calls))("%s", (usage, [args, expected]) => {
  test("--json prints one object with a version on stdout, and no escape codes anywhere", async () => {
    const { code, stdout, stderr } = await runCommand(folder, ...args, "--json");
    expect(code, stderr).toBe(0);
    const value = JSON.parse(stdout);
    expect(value.version).toBe(1);
    expect(value).toMatchObject(expected);
    expect(stdout + stderr).not.toContain("\u001B");
  });

  test("--help says what it does", async () => {
    const words = args.slice(0, usage.split(" ").filter((word) => /^[a-z]/.test(word)).length);
    const { code, stdout } = await runCommand(folder, ...words, "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: aiworkflow");
    expect(stdout).toContain(commandTable.find((one) => one.usage === usage)?.summary);
  });
});

describe("people's form", () => {
  test.each([
    "list",
    "agent list",
    "tools list",
    "workflow list",
    "workflow show workflows/hello.md",
    "show first",
    "log first",
    "explain script/exit",
    "version",
    "approvals list",
  ])("%s is the same on stdout with -v", async (line) => {
    const plain = await runCommand(folder, ...line.split(" "));
    const verbose = await runCommand(folder, ...line.split(" "), "-v");
    expect(plain.code, plain.stderr).toBe(0);
    expect(plain.stdout).not.toBe("");
    expect(verbose.stdout).toBe(plain.stdout);
  });

  test("the report of a run has its Web UI link", async () => {
    expect((await runCommand(folder, "show", "first")).stdout).toMatch(
      /- web: http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/first/,
    );
  });
});

test("options of every command may stand before it, and --no-input takes no input away", async () => {
  const { code, stdout } = await runCommand(
    folder,
    "--json",
    "--no-input",
    "run",
    "inputs.md",
    "-i",
    "n=3",
    "--input",
    "s=x",
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ inputs: { n: 3, s: "x" } });
});

describe("exit codes", () => {
  const cases: readonly [line: string, code: number, words: string][] = [
    ["run failing.md", 1, "script/exit"],
    ["validate broken.md", 2, "did you mean wait?"],
    ["run broken.md", 2, "step/unknown-key"],
    ["run nowhere.md", 2, "file/not-found"],
    ["run workflows/hello.md --id first", 2, "run/exists"],
    ["run workflows/hello.md -i nme=x", 2, "input/unknown"],
    ["run workflows/hello.md -i broken", 2, "input/bad-form"],
    ["run workflows/hello.md --timeout soon", 2, "duration/bad"],
    ["show nobody", 2, "run/not-found"],
    ["agent info smaple", 2, "did you mean sample?"],
    ["explain step/unkown-tool", 2, "did you mean step/unknown-tool?"],
    ["lsit", 2, "list"],
    ["run", 2, "file"],
    ["list --nonsense", 2, "--nonsense"],
    ["list --limit none", 2, "--limit none"],
    ["list --address 127.0.0.1:9", 3, "server/unreachable"],
    ["run gate.md --no-wait", 5, "waits for a person"],
    ["run calls.md --id calls --no-wait", 5, "it is the run calls.sub; see `aiworkflow show calls.sub`"],
  ];
  test.each(cases)("%s: %i", async (line, code, words) => {
    const finished = await runCommand(folder, ...line.split(" "), "--no-input");
    expect(finished.stderr + finished.stdout).toContain(words);
    expect(finished.code).toBe(code);
    expect(finished.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  });

  test("a stranger's vote: 4", async () => {
    await runCommand(folder, "run", "gate.md", "--id", "strange", "--no-wait");
    const { code, stderr } = await runCommand(folder, "approve", "strange", "--as", "eve");
    expect(code).toBe(4);
    expect(stderr).toContain("approval/not-an-approver");
  });

  test.each(["validate broken.md", "run nowhere.md", "show nobody", "lsit", "agent info nobody"])(
    "%s --json still prints one object, with the error in it",
    async (line) => {
      const { code, stdout } = await runCommand(folder, ...line.split(" "), "--json");
      expect(code).toBe(2);
      const value = JSON.parse(stdout);
      expect(JSON.stringify(value)).toMatch(/"(code|message)":/);
    },
  );
});

test("list: in a state, and no more than asked for", async () => {
  const list = async (...flags: readonly string[]) =>
    JSON.parse((await runCommand(folder, "list", "--json", ...flags)).stdout).runs as { run: string; status: string }[];
  const waiting = await list("--status", "waiting");
  expect(waiting.map(({ run }) => run)).toEqual(expect.arrayContaining(["strange", "held"]));
  expect(new Set(waiting.map(({ status }) => status))).toEqual(new Set(["waiting"]));
  expect(await list("--status", "waiting", "--limit", "1")).toEqual(waiting.slice(0, 1));
  expect(await list("--limit", "2")).toHaveLength(2);
});

test("Ctrl-C once cancels the run and says so; the exit code is 130", async () => {
  const running = beginCommand(folder, "run", "rest.md", "--id", "interrupted");
  await expect.poll(running.stderr, { timeout: 20_000 }).toContain("Rest waiting");
  running.child.kill("SIGINT");
  expect(await running.ended).toBe(130);
  expect(running.stderr()).toContain("Cancelling");
  expect(JSON.parse((await runCommand(folder, "show", "interrupted", "--json")).stdout).status).toBe("cancelled");
});

test("worker joins a server and ends with Ctrl-C", async () => {
  const worker = beginCommand(folder, "worker");
  await expect.poll(worker.stderr, { timeout: 20_000 }).toMatch(/Ctrl-C/);
  worker.child.kill("SIGINT");
  expect(await worker.ended).toBe(0);
});

test("detach without a server that stays is refused", async () => {
  const alone = mkdtempSync(join(tmpdir(), "aiworkflow-alone-"));
  writeFileSync(join(alone, "rest.md"), "## Rest\n```yaml step\nwait: 1s\n```\n");
  const { code, stderr } = await runCommand(alone, "run", "rest.md", "--detach");
  expect(stderr).toContain("run/no-server");
  expect(code).toBe(3);
  await expect.poll(() => existsSync(join(alone, ".aiworkflow", "server.json")), { timeout: 10_000 }).toBe(false);
  rmSync(alone, { recursive: true, force: true, maxRetries: 40, retryDelay: 200 });
});
