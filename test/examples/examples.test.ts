import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunReport } from "../../src/plan/report.ts";
import { beginCommand, killAll, runCommand } from "../command-line.ts";

let folder: string;

// Inside the repository, because the mail server of the example needs its packages.
beforeEach(() => {
  mkdirSync(".aiworkflow", { recursive: true });
  folder = mkdtempSync(resolve(".aiworkflow", "test-example-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 200 }));

function copy(example: string): void {
  cpSync(join("examples", example), folder, { recursive: true, filter: (path) => !path.includes(".aiworkflow") });
}

async function run(...args: readonly string[]): Promise<RunReport> {
  const { code, stdout, stderr } = await runCommand(folder, "run", ".", "--json", ...args);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as RunReport;
}

test("every example is executed here", () => {
  const here = readFileSync(import.meta.filename, "utf8");
  for (const example of readdirSync("examples")) expect(here).toContain(`copy("${example}")`);
});

test("hello: prose is all it takes", async () => {
  copy("hello");
  const report = await run();
  expect(report.status).toBe("completed");
  expect(report.steps.every((step) => step.kind === "agent" && typeof step.output === "string")).toBe(true);
});

test("research-loop: items side by side, a tool that is a script, answers of a declared form", async () => {
  copy("research-loop");
  const report = await run("-i", 'questions=["durability", "retries", "schedules"]');
  expect(report.status).toBe("completed");
  expect(report.steps.find((step) => step.id === "weigh")?.output).toHaveLength(3);
  expect(report.outputs?.["summary"]).toContain(";");
});

test("agents-in-reserve: the second agent takes over, and is asked first from then on", async () => {
  copy("agents-in-reserve");
  const report = await run();
  expect(report).toMatchObject({ status: "completed", outputs: { note: "Payment queue full, emptied." } });
  const [draft, shorten, review] = report.steps;
  expect(draft?.failovers).toMatchObject([
    { from_agent: "first", to_agent: "second", reason: "step_execution_failed", error: { code: "agent/overloaded" } },
  ]);
  expect([draft, shorten, review].map((step) => step?.route?.decision)).toEqual([
    "use_fallback",
    "use_fallback",
    "use_fallback",
  ]);
  expect(shorten).not.toHaveProperty("failovers");
});

test("press-review: costs what was estimated, within its budget", async () => {
  copy("press-review");
  const estimate = await runCommand(folder, "costs", "estimate", ".", "--json");
  expect(estimate.code, estimate.stderr).toBe(0);
  const { least, most } = JSON.parse(estimate.stdout) as { least: number; most: number };
  const report = await run("--id", "today");
  const { usd } = report.usage;
  // Read: 70,000 tokens in and 1200 out; write: 4000 in, 60,000 from the cache, 900 out; check: a request.
  expect(usd).toBeCloseTo(0.14 + 0.012 + 0.008 + 0.006 + 0.009 + 0.001, 9);
  expect(least).toBeLessThanOrEqual((usd as number) + 1e-9);
  expect(most).toBeGreaterThanOrEqual((usd as number) - 1e-9);
  expect(report.notices.join()).toContain("INFO: 50 %");
  const listed = JSON.parse((await runCommand(folder, "costs", "list", "--run", "today", "--json")).stdout);
  expect(listed.calls).toHaveLength(5);
  const budget = await runCommand(folder, "costs", "budget", "--json");
  const standing = JSON.parse(budget.stdout).budgets as readonly {
    name: string;
    spentUsd: number;
    reservedUsd: number;
  }[];
  expect(standing.map(({ name, reservedUsd }) => [name, reservedUsd]).sort()).toEqual([
    ["the budget of step write", 0],
    ["the budget of today", 0],
    ["the limit daily", 0],
  ]);
  expect(standing.find(({ name }) => name === "the budget of today")?.spentUsd).toBeCloseTo(usd as number, 9);
});

test("report-team: an agent asks two others, and a script sends its first answer back", async () => {
  copy("report-team");
  const report = await run();
  expect(report.status).toBe("completed");
  const [step] = report.steps;
  expect(step?.output).toMatchObject({ sources: ["notes/sagas", "notes/undo"] });
  expect(step?.agents?.map(({ path, status, turns }) => [path, status, turns])).toEqual([
    ["report/researcher-1", "completed", 2],
    ["report/researcher-2", "completed", 2],
    ["report/critic-1", "completed", 1],
  ]);
});

describe("email-triage", () => {
  const folders = ["inbox", "bug", "feature", "question", "drafts"];
  const mails = () =>
    Object.fromEntries(
      folders.map((name) => {
        const path = join(folder, "mail", name);
        return [name, existsSync(path) ? readdirSync(path).sort() : []];
      }),
    );
  const filed = {
    inbox: [],
    bug: ["001.eml", "004.eml"],
    feature: ["003.eml"],
    question: ["002.eml", "005.eml"],
    drafts: ["re-001.eml"],
  };
  const moves = () => {
    const path = join(folder, "mail", "ledger.jsonl");
    const entries = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
    return entries.map((line) => JSON.parse(line)).filter(({ act }) => act === "move");
  };
  const movedOnce = () =>
    expect(
      moves()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["001", "002", "003", "004", "005"]);
  const show = async (id: string) => JSON.parse((await runCommand(folder, "show", id, "--json")).stdout) as RunReport;
  const slowMoves = () => {
    const registry = join(folder, "registry.yaml");
    writeFileSync(
      registry,
      readFileSync(registry, "utf8").replace("mail-server.ts, mail]", 'mail-server.ts, mail, "300"]'),
    );
  };

  test("killed with SIGKILL in the middle of sorting: `dev` finishes it, and every mail is moved once", async () => {
    copy("email-triage");
    const first = beginCommand(folder, "run", ".", "--id", "triage");
    await expect.poll(first.stderr, { timeout: 60_000, interval: 5 }).toMatch(/▶ Sort /);
    killAll(first);
    await first.ended;
    expect(mails()["inbox"]).toHaveLength(5);

    const killedAt = Date.now();
    const dev = beginCommand(folder, "dev");
    try {
      await expect.poll(() => mails()["drafts"], { timeout: 30_000, interval: 20 }).toEqual(["re-001.eml"]);
      expect(Date.now() - killedAt).toBeLessThan(15_000);
      const report = await show("triage");
      expect(report.steps.slice(0, 3).map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);
      const approved = await runCommand(folder, "approve", "triage", "sign_off", "--as", "ann");
      expect(approved.code, approved.stderr).toBe(0);
      await expect.poll(mails, { timeout: 20_000 }).toEqual(filed);
      await expect.poll(async () => (await show("triage")).status, { timeout: 20_000 }).toBe("completed");
      movedOnce();
    } finally {
      dev.child.kill("SIGINT");
      await dev.ended;
    }
  });

  test("killed while it files the mails: the next `run` carries both runs on, and every mail is moved once", async () => {
    copy("email-triage");
    slowMoves();
    const first = beginCommand(folder, "run", ".", "--id", "triage");
    await expect.poll(first.stderr, { timeout: 60_000 }).toMatch(/waits for a person/);
    expect((await runCommand(folder, "approve", "triage")).code).toBe(0);
    await expect.poll(() => moves().length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
    killAll(first);
    await first.ended;
    expect(moves().length).toBeLessThan(5);

    writeFileSync(join(folder, "other.md"), "## Wait\n```yaml step\nwait: 6s\n```\n");
    const next = await runCommand(folder, "run", "other.md");
    expect(next.code, next.stderr).toBe(0);
    const report = await show("triage");
    expect(report.status).toBe("completed");
    expect(mails()).toEqual(filed);
    movedOnce();
  });
});
