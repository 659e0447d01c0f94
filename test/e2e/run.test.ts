import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = resolve("src/cli/main.ts");
const { TEMPORAL_ADDRESS: _, ...env } = process.env;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-e2e-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 }));

function cli(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [main, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });
}

test("init, then run: the sample completes without a key, and show and list know it afterwards", async () => {
  expect((await cli("init")).code).toBe(0);
  const ran = await cli("run", "workflows/hello.md", "--json", "--id", "first");
  expect(ran.code, ran.stderr).toBe(0);
  const report = JSON.parse(ran.stdout);
  expect(report).toMatchObject({ run: "first", workflow: "hello", status: "completed", outputs: { words: 12 } });
  const shown = await cli("show", "first", "--json");
  expect(JSON.parse(shown.stdout)).toEqual(report);
  const listed = JSON.parse((await cli("list", "--json")).stdout);
  expect(listed.runs).toMatchObject([{ run: "first", workflow: "hello", status: "completed" }]);
  expect((await cli("init")).code).toBe(2);
});

test("a failed step fails the run, and later steps never begin", async () => {
  writeFileSync(
    join(folder, "bad.md"),
    "## Breaks\n```bash run\necho why >&2\nexit 3\n```\n## After\n```bash run\ntouch after\n```\n",
  );
  const ran = await cli("run", "bad.md", "--json");
  expect(ran.code).toBe(1);
  const report = JSON.parse(ran.stdout);
  expect(report.status).toBe("failed");
  expect(report.error).toMatchObject({ code: "script/exit", step: "breaks" });
  expect(report.steps.map((step: { status: string }) => step.status)).toEqual(["failed", "pending"]);
  expect(existsSync(join(folder, "after"))).toBe(false);
});

test("an approval waits, survives the end of the command, and lets the run go on", async () => {
  writeFileSync(
    join(folder, "gate.md"),
    "## Ask\n```yaml step\napproval: { message: Ship it?, approvers: [ann] }\n```\n## Ship\n```bash run\necho shipped >> ledger\n```\n",
  );
  const waiting = await cli("run", "gate.md", "--id", "gate", "--no-wait", "--json");
  expect(waiting.code, waiting.stderr).toBe(5);
  expect(JSON.parse((await cli("approvals", "list", "--json")).stdout).approvals).toMatchObject([
    { run: "gate", step: "ask", message: "Ship it?" },
  ]);
  const stranger = await cli("approve", "gate", "--as", "bob");
  expect(stranger.code).toBe(4);
  expect(stranger.stderr).toContain("approval/not-an-approver");
  const yes = await cli("approve", "gate", "--as", "ann", "--json");
  expect(JSON.parse(yes.stdout)).toMatchObject({ run: "gate", step: "ask", decision: "approve", settled: true });
  const dev = spawn(process.execPath, [main, "dev"], { cwd: folder, env, stdio: "ignore" });
  try {
    await expect
      .poll(() => (existsSync(join(folder, "ledger")) ? readFileSync(join(folder, "ledger"), "utf8") : ""), {
        timeout: 30_000,
      })
      .toBe("shipped\n");
  } finally {
    dev.kill("SIGINT");
    await new Promise((done) => dev.once("exit", done));
  }
});

test("a worker killed inside a step is replaced, and the step ends once", async () => {
  writeFileSync(
    join(folder, "long.md"),
    "## One\n```bash run\necho one >> ledger\n```\n## Two\n```bash run\necho $PPID > worker; echo start >> ledger\nsleep 4\necho two >> ledger\n```\n```yaml step\neffect: idempotent\n```\n",
  );
  const child = spawn(process.execPath, [main, "run", "long.md", "--json", "--id", "long"], { cwd: folder, env });
  let stdout = "";
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const ledger = () => (existsSync(join(folder, "ledger")) ? readFileSync(join(folder, "ledger"), "utf8") : "");
  await expect.poll(ledger, { timeout: 30_000 }).toBe("one\nstart\n");
  // The command keeps a spare worker too: the step says who works on it.
  process.kill(Number(readFileSync(join(folder, "worker"), "utf8")), "SIGKILL");
  expect(await ended).toBe(0);
  expect(ledger()).toBe("one\nstart\nstart\ntwo\n");
  expect(JSON.parse(stdout).status).toBe("completed");
});
