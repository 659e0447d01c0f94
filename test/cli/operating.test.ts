// What an operator does with runs from the command line: lists and counts them, takes them back, goes on from them, deletes them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { decide } from "../../src/client/decide.ts";
import { readHistory } from "../../src/client/read-history.ts";
import type { RunSummary } from "../../src/client/list-runs.ts";
import type { RunStatistics } from "../../src/client/run-statistics.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { beginCommand, runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const script = (title: string, body: string, yaml = "effect: idempotent\nretry: { max-attempts: 1 }") =>
  `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const yaml = (title: string, text: string) => `## ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
/** Writes its name; its undo writes `-NAME`. */
const step = (name: string, more = "", body = "true") =>
  script(name, `echo ${name} >> effects; ${body}`, `${more}\nundo: { run: 'echo -${name} >> effects' }`);
const gate = yaml("Gate", "approval: { message: Go? }");

let project: TestProject;
/** Ended before all others; `old-again` ran again since, and `old-parent` has a child run that has ended. */
const OLD = ["old", "old-again", "old-parent.call"];
let oldAt = 0;
beforeAll(async () => {
  project = await openProject({ "child.md": step("kid") });
  await project.run(yaml("One", "set: { a: 1 }"), { id: "old" });
  await project.start(yaml("Call", "workflow: child.md") + gate, { id: "old-parent" });
  await project.follow("old-parent", "waiting");
  await project.start(yaml("One", "set: { a: 1 }") + gate, { id: "old-again" });
  await project.follow("old-again", "waiting");
  await decide(project.connected, { run: "old-again", decision: "reject", by: "ann" });
  await project.follow("old-again");
  oldAt = Date.now();
});
afterAll(() => project.close());

const effects = () => project.read("effects").split("\n").slice(0, -1);
const command = (...args: readonly string[]) => runCommand(project.dir, ...args, "--no-input");
const json = async <T>(...args: readonly string[]): Promise<T> => {
  const { stdout, stderr } = await command(...args, "--json");
  expect(stdout, stderr).not.toBe("");
  return JSON.parse(stdout) as T;
};

describe("list and stats", () => {
  /** By workflow: how its runs end. */
  const MIXED = {
    alpha: { completed: 6, failed: 3, cancelled: 1, waiting: 2 },
    beta: { completed: 4, failed: 1, compensated: 2, waiting: 1 },
  } as const;
  const bodies: Readonly<Record<string, string>> = {
    completed: yaml("One", "set: { a: 1 }"),
    failed: script("One", "exit 3"),
    cancelled: gate,
    waiting: gate,
    compensated: `${script("One", "true", "undo: { run: 'true' }")}${script("Two", "exit 3", "effect: read\nretry: { max-attempts: 1 }")}`,
  };

  test("say of 20 runs how each stands, by workflow and state, and how long they took", async () => {
    const started = Object.entries(MIXED).flatMap(([name, counts]) =>
      Object.entries(counts).flatMap(([status, count]) =>
        Array.from({ length: count }, (_, index) => ({ name, status, run: `${name}-${status}-${index}` })),
      ),
    );
    expect(started).toHaveLength(20);
    await Promise.all(
      started.map(async ({ name, status, run }) => {
        const onFailure = status === "compensated" ? "rollback" : "stop";
        await project.start(`---\nname: ${name}\non-failure: ${onFailure}\n---\n${bodies[status]}`, { id: run });
        if (status === "cancelled" || status === "waiting") await project.follow(run, "waiting");
        if (status === "cancelled") await cancelRun(project.connected, run);
        if (status !== "waiting") await project.follow(run);
      }),
    );
    const runsOf = (name: string, status: string) =>
      started.filter((one) => one.name === name && one.status === status).map(({ run }) => run);
    const listed = async (...flags: readonly string[]) => (await json<{ runs: RunSummary[] }>("list", ...flags)).runs;
    for (const [name, counts] of Object.entries(MIXED))
      for (const status of Object.keys(counts))
        await expect
          .poll(async () => (await listed("--workflow", name, "--status", status)).map(({ run }) => run).sort(), {
            timeout: 20_000,
          })
          .toEqual(runsOf(name, status).sort());
    const alphas = await listed("--workflow", "alpha");
    expect(alphas).toHaveLength(12);
    const begun = (await listed()).map(({ startedAt }) => startedAt);
    expect(begun).toEqual(begun.toSorted().toReversed());
    expect((await command("list", "--limit", "3")).stderr).toContain("more than these 3");
    expect((await command("list", "--workflow", "nobody")).stdout).toBe("No run fits.\n");
    const found = await json<{ all: RunStatistics; workflows: RunStatistics[] }>("stats", "--workflow", "alpha");
    expect(found.workflows).toMatchObject([{ workflow: "alpha" }]);
    const { total, byStatus, successRate, medianMs, p95Ms } = found.workflows[0] as RunStatistics;
    expect([total, byStatus, successRate]).toEqual([12, MIXED.alpha, 6 / 10]);
    const times = alphas
      .flatMap(({ startedAt, closedAt }) => (closedAt === null ? [] : [Date.parse(closedAt) - Date.parse(startedAt)]))
      .sort((a, b) => a - b);
    expect(times).toHaveLength(10);
    expect([medianMs, p95Ms]).toEqual([times[5], times[9]]);
    const { workflows } = await json<{ workflows: RunStatistics[] }>("stats");
    expect(workflows.find(({ workflow }) => workflow === "beta")).toMatchObject({ total: 8, byStatus: MIXED.beta });
    expect((await command("stats", "--workflow", "alpha")).stdout).toMatch(/alpha +12 +60 %/);
  });
});

test.each([
  ["stop", "failed", ["failed", "pending"], []],
  ["continue", "failed", ["failed", "completed"], ["after"]],
  ["rollback", "compensated", ["failed", "pending"], ["-first"]],
] as const)("on-failure: %s ends %s, with exit 1", async (mode, status, statuses, left) => {
  project.write("effects", "");
  project.write(
    "fails.md",
    `---\non-failure: ${mode}\n---\n${step("first")}${script("Bad", "exit 3", "undo: none\nretry: { max-attempts: 1 }")}${step("after")}`,
  );
  const ran = await command("run", "fails.md", "--json");
  expect(ran.code, ran.stderr).toBe(1);
  const report = JSON.parse(ran.stdout) as RunReport;
  expect(report).toMatchObject({ status, error: { code: "script/exit", step: "bad" } });
  expect(report.steps.slice(1).map((one) => one.status)).toEqual(statuses);
  expect(effects()).toEqual(["first", ...left]);
});

test("an object, a list and a number go through three steps as they are, and are shown so", async () => {
  const value = { o: { a: [1, { b: true }] }, l: [1, "x", null], n: 2.5 };
  const names = ["o", "l", "n"];
  const all = (from: string) =>
    `{ ${names.map((name) => `${name}: "\${{ steps.${from}.output.${name} }}"`).join(", ")} }`;
  project.write(
    "values.md",
    `${script("A", `echo '${JSON.stringify(value)}'`)}${yaml("B", `set: ${all("a")}`)}${script("C", "cat", `with: ${all("b")}\neffect: read`)}`,
  );
  const ran = await command("run", "values.md", "--id", "values");
  expect(ran.code, ran.stderr).toBe(0);
  const { steps } = await json<RunReport>("show", "values");
  expect(steps.map(({ output }) => output)).toEqual([value, value, value]);
});

describe("cancel", () => {
  test("says what still runs, and ends where its patience does; the run goes on to its end", async () => {
    const run = await project.start(
      script("Work", "echo begun > begun; sleep 60") +
        script("Finally", "while [ ! -e cleaned ]; do sleep 0.05; done", "undo: none"),
    );
    await expect.poll(() => project.read("begun"), { timeout: 10_000 }).toBe("begun\n");
    const impatient = await command("cancel", run, "--timeout", "1500ms", "--json");
    expect(impatient.stderr).toContain("Still running: finally");
    expect(JSON.parse(impatient.stdout)).toMatchObject({ run, status: "running", running: ["finally"] });
    expect(impatient.code).toBe(5);
    const patient = beginCommand(project.dir, "cancel", run);
    await expect.poll(patient.stderr, { timeout: 10_000 }).toContain("Still running: finally");
    project.write("cleaned", "");
    expect(await patient.ended).toBe(0);
    expect(patient.stdout()).toBe(`${run} is cancelled.\n`);
  });
});

describe("rollback", () => {
  test("to a savepoint, then the rest; a second time there is nothing left", async () => {
    project.write("effects", "");
    const { run } = await project.run(step("a") + step("b", "savepoint: middle") + step("c"));
    const partly = await command("rollback", run, "--to", "middle");
    expect(partly.code, partly.stderr).toBe(0);
    expect(effects()).toEqual(["a", "b", "c", "-c", "-b"]);
    expect((await json<RunReport>("rollback", run)).status).toBe("compensated");
    expect(effects().slice(5)).toEqual(["-a"]);
    const { stdout: log } = await command("log", `${run}-rollback-2`);
    expect(log).toMatch(/ info +a: taken back\n/);
    expect(log.trim().split("\n").at(-1)).toMatch(/ run compensated$/);
    expect((await command("rollback", run)).stderr).toContain("run/nothing-to-undo");
  });

  test("of a terminated run; what was under way is taken back too, and shown while it is", async () => {
    project.write("effects", "");
    const slow = script(
      "b",
      "echo b >> effects; sleep 60",
      "undo: { run: 'while [ ! -e let ]; do sleep 0.05; done; echo -b >> effects' }",
    );
    const run = await project.start(step("a") + slow);
    await expect.poll(effects, { timeout: 10_000 }).toEqual(["a", "b"]);
    const ended = await command("terminate", run, "--reason", "stuck");
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain("Steps that were under way: b");
    expect(ended.stderr).toContain(`aiworkflow rollback ${run}`);
    const taking = beginCommand(project.dir, "rollback", run, "--json");
    await expect
      .poll(
        async () => (await json<RunReport>("show", `${run}-rollback`)).steps?.map(({ undo }) => undo?.[0]?.status),
        {
          timeout: 20_000,
        },
      )
      .toEqual(["pending", "running"]);
    project.write("let", "");
    expect(await taking.ended).toBe(0);
    const report = JSON.parse(taking.stdout()) as RunReport;
    expect(report.status).toBe("compensated");
    expect(report.steps.map(({ undo }) => undo?.map(({ status }) => status))).toEqual([["completed"], ["completed"]]);
    expect(effects()).toEqual(["a", "b", "-b", "-a"]);
  });
});

describe("going on from a run", () => {
  test("rerun says what it does, and asks old questions again", async () => {
    const run = await project.start(
      script("A", "echo a >> again") + gate + script("B", "echo b >> again; [ -e good ]"),
    );
    await project.follow(run, "waiting");
    await decide(project.connected, { run, decision: "approve", by: "ann" });
    expect((await project.follow(run)).status).toBe("failed");
    project.write("good", "");
    const waiting = await command("rerun", run, "--from", "gate", "--no-wait");
    expect(waiting.code, waiting.stderr).toBe(5);
    expect(waiting.stderr).toContain(`${run} runs again from gate.`);
    expect((await json<RunReport>("show", run)).approvals.at(-1)).toMatchObject({ status: "pending", votes: [] });
    expect((await command("approve", run, "--as", "ben")).code).toBe(0);
    expect((await project.follow(run)).status).toBe("completed");
    expect(project.read("again")).toBe("a\nb\nb\n");
  });

  test("fork with an edited file: says what would happen, does it once told so, and leaves the old run alone", async () => {
    project.write("effects", "");
    const text = (last: string) =>
      `${script("A", "echo a >> effects")}${script("B", `echo ${last} >> effects; [ ${last} = good ]`)}`;
    const { run } = await project.run(text("bad"));
    project.write("edited.md", text("good"));
    const dry = await command("fork", run, "--with", "edited.md", "--dry-run");
    expect(dry.stderr).toContain("Taken over: a");
    expect(dry.stderr).toContain("Runs: b (it is failed); its effect would be repeated");
    expect(effects()).toEqual(["a", "bad"]);
    const forked = await command("fork", run, "--with", "edited.md", "--yes", "--id", "forked", "--json");
    expect(forked.code, forked.stderr).toBe(0);
    expect(JSON.parse(forked.stdout)).toMatchObject({ run: "forked", status: "completed" });
    expect(effects()).toEqual(["a", "bad", "good"]);
    expect((await json<RunReport>("show", run)).status).toBe("failed");
  });

  test("fork with an input: the others stay the run's, with or without an edited file", async () => {
    const text = (inputs: string) =>
      `---\ninputs: { ${inputs} }\n---\n${script("A", 'echo "$x"', 'with: { x: "${{ inputs.x }}" }')}${script("B", 'echo "$y"', 'needs: []\nwith: { y: "${{ inputs.y }}" }')}`;
    const both = "x: { type: string, required: true }, y: { type: string, required: true }";
    const { run } = await project.run(text(`${both}, old: string`), { inputs: { x: "1", y: "1", old: "1" } });
    expect(await json("fork", run, "-i", "x=2", "--dry-run")).toMatchObject({ reused: ["b"] });
    project.write("edited-inputs.md", text(both));
    const args = ["fork", run, "--with", "edited-inputs.md", "-i", "y=2"] as const;
    const forked = await command(...args, "--yes", "--id", "with-input", "--json");
    expect(forked.stderr).toContain("The input old of");
    expect(JSON.parse(forked.stdout)).toMatchObject({ status: "completed", inputs: { x: "1", y: "2" } });
    expect((await command("fork", run, "-i", "z=2")).stderr).toContain("input/unknown");
  });

  test("a description among the values of a step is part of its definition", async () => {
    const text = (words: string) => script("A", 'echo "$description" >> described', `with: { description: ${words} }`);
    const { run } = await project.run(text("old"));
    project.write("described.md", text("new"));
    const dry = await json<{ reused: string[] }>("fork", run, "--with", "described.md", "--dry-run");
    expect(dry.reused).toEqual([]);
  });
});

test("replay of a file: fits, and does not once it says something else", async () => {
  const { run } = await project.run(script("One", "true"));
  const text = historyToJSON((await readHistory(project.connected, run)) as never);
  project.write("good.json", text);
  project.write(
    "bad.json",
    text
      .replaceAll('"activityId":"one"', '"activityId":"two"')
      .replaceAll('"activityId": "one"', '"activityId": "two"'),
  );
  expect(readFileSync(join(project.dir, "bad.json"), "utf8")).not.toBe(text);
  expect(await json("replay", "good.json")).toMatchObject({ fits: true, why: null });
  const bad = await command("replay", "bad.json");
  expect(bad.code).toBe(1);
  expect(bad.stdout).toContain("does not fit this build");
});

describe("cleanup", () => {
  test("deletes what ended long ago; what lives keeps its earlier histories and its children", async () => {
    const point = await command("rerun", "old-again", "--from", "gate", "--no-wait");
    expect(point.code, point.stderr).toBe(5);
    await expect.poll(() => Date.now() - oldAt, { timeout: 15_000, interval: 200 }).toBeGreaterThan(10_500);
    await project.run(yaml("One", "set: { a: 1 }"), { id: "young" });
    const clean = (...flags: readonly string[]) =>
      json<{ runs: string[]; deleted: boolean }>("cleanup", "--older-than", "10s", ...flags);
    expect(await clean("--dry-run")).toMatchObject({ deleted: false });
    const executions = async (run: string) => {
      const ids: string[] = [];
      for await (const { runId } of project.connected.client.workflow.list({ query: `WorkflowId = '${run}'` }))
        ids.push(runId);
      return ids.length;
    };
    expect(await Promise.all([...OLD, "young"].map(executions))).toEqual([1, 2, 1, 1]);
    const { runs } = await clean();
    expect(runs).toContain("old");
    expect(runs).not.toContain("young");
    expect(runs.filter((run) => run.startsWith("old-"))).toEqual([]);
    await expect.poll(() => executions("old"), { timeout: 10_000 }).toBe(0);
    expect(await Promise.all([...OLD.slice(1), "young"].map(executions))).toEqual([2, 1, 1]);
    expect((await command("show", "old")).stderr).toContain("run/not-found");
    await cancelRun(project.connected, "old-parent");
    await project.follow("old-parent");
    expect((await json<RunReport>("rollback", "old-parent")).status).toBe("compensated");
    expect(effects().at(-1)).toBe("-kid");
  });
});
