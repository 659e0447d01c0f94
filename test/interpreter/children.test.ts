// Child runs (`workflow:` steps): what they tell their parents, what their parents tell them, and how both end.
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { controlRun, terminateRun } from "../../src/client/control-run.ts";
import { decide } from "../../src/client/decide.ts";
import { followRun } from "../../src/client/follow-run.ts";
import { listApprovals } from "../../src/client/list-approvals.ts";
import { findPoint, rerunFrom } from "../../src/client/rerun-run.ts";
import { rollbackRun } from "../../src/client/rollback-run.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { type FakeApi, startFakeApi } from "../agents/fake-api.ts";
import { openProject, type TestProject } from "./open-project.ts";

const script = (title: string, body: string, more = "effect: idempotent", level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${more}\n\`\`\`\n`;
const yaml = (title: string, text: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
/** Writes its name; its undo writes `-NAME`. */
const step = (name: string, body = ":", undo = `echo -${name} >> log`) =>
  script(name, `echo ${name} >> log; ${body}`, `undo: { run: '${undo}', retry: { max-attempts: 1 } }`);
const call = (file: string, more = "") => yaml("Call", `workflow: ${file}\n${more}`);
const gate = (title = "Gate", more = "") => yaml(title, `approval: { message: "${title}?" }\n${more}`);
const ROLLBACK = "---\non-failure: rollback\n---\n";
const fail = script("End", "exit 3", "undo: none");

const files = {
  "asks.md": `---\noutputs: { said: "\${{ steps.before.output }}" }\n---\n${script("Before", "echo hi")}${gate()}`,
  "asks-deep.md": call("asks.md"),
  "asks-below.md": call("asks-deep.md"),
  "sleeps.md": yaml("Rest", "wait: 1h"),
  "two.md": script("One", "echo one >> log; sleep 0.7") + script("Two", "echo two >> log"),
  "held.md": script("One", "while [ ! -e let-one ]; do sleep 0.05; done") + script("Two", "true"),
  "two-deep.md": call("two.md") + script("Three", "echo three >> log"),
  "typed.md": `---\ninputs: { n: { type: integer, required: true, min: 1 } }\n---\n${script("Use", "echo $n", 'with: { n: "${{ inputs.n }}" }')}`,
  "saga.md": step("a") + step("b"),
  "saga-one.md": script("a", "echo $AIWORKFLOW_KEY >> log", "undo: { run: echo -a >> log }"),
  "saga-deep.md": step("x") + call("saga.md") + step("y"),
  "saga-self.md": `${ROLLBACK}${step("a")}${fail}`,
  "saga-waits.md": step("a") + gate(),
  "saga-large.md": script(
    "Each",
    'node -e "process.stdout.write(JSON.stringify(String($n).repeat(3000)))"',
    `for-each: ${JSON.stringify(Array.from({ length: 80 }, (_, n) => n % 10))}\nwith: { n: "\${{ item }}" }\noutput: string\nundo: { run: 'echo "-$n" >> log', with: { n: "\${{ item }}" } }`,
  ),
  "saga-stops.md": step("a") + fail,
  "saga-broken.md": step("a", ":", "exit 4") + step("b"),
  "saga-slow.md": step("a", ":", "echo undoing >> log; sleep 2; echo -a >> log"),
  "saga-self-broken.md": `${ROLLBACK}${step("a", ":", "exit 4")}${fail}`,
  "hangs.md": `${ROLLBACK}${step("a")}${step("b", "sleep 60")}`,
  "unknown.md": script("Once", "echo once >> log; sleep 1.5", "effect: at-most-once"),
  "unknown-undone.md": step("once", "sleep 1.5"),
  "cleans.md": `${script("Work", "echo work >> log; sleep 60")}${script("Finally", "sleep 0.5; echo cleaned >> log", "undo: none")}`,
  "long.md": Array.from({ length: 12 }, (_, n) => script(`S${n}`, `echo ${n} >> log`)).join("") + gate(),
  "plain.md": script("One", "echo one >> log"),
};

let api: FakeApi;
let project: TestProject;
/** A server that suggests a new history early. */
let short: TestProject;
beforeAll(async () => {
  process.env["AGENT_TEST_KEY"] = "sk-key";
  api = await startFakeApi();
  const talks = `---\nagent: a\nagents: { a: { kind: anthropic, base-url: "${api.url}", api-key-env: AGENT_TEST_KEY } }\n---\n`;
  const all = {
    ...files,
    "talks.md": `${talks}## Ask\nSay hello.\n`,
    "talks-and-fails.md": `${talks}## Ask\nSay hello.\n${fail}`,
    "talks-and-waits.md": `${talks}## Ask\nSay hello.\n${gate()}`,
    "talks-deep.md": call("talks.md"),
  };
  [project, short] = await Promise.all([
    openProject(all),
    openProject(all, { "limit.historyCount.suggestContinueAsNew": 40 }),
  ]);
});
afterAll(async () => {
  await Promise.all([project.close(), short.close()]);
  await api.close();
});
beforeEach(() => {
  project.write("log", "");
  short.write("log", "");
});

const lines = (from = project) => from.read("log").split("\n").slice(0, -1);
const written = (line: string, from = project) =>
  expect.poll(() => lines(from).includes(line), { timeout: 20_000, interval: 20 }).toBe(true);
const stepOf = (report: RunReport, id: string) => report.steps.find((one) => one.id === id);
const approve = (run: string, by = "ann", from = project) => decide(from.connected, { run, decision: "approve", by });
const rollback = async (run: string) => {
  const storeDir = join(project.dir, ".aiworkflow", "artifacts");
  const { run: id } = await rollbackRun(project.connected, run, { storeDir });
  return project.follow(id);
};
const rerun = async (run: string, from: string) =>
  rerunFrom(project.connected, run, await findPoint(project.connected, run, from));

describe("a child that waits", () => {
  test.each(["asks.md", "sleeps.md"])("shows in its parent: %s", async (file) => {
    const run = await project.start(call(file));
    const report = await project.follow(run, "waiting");
    expect(report.status).toBe("waiting");
    expect(stepOf(report, "call")).toMatchObject({ status: "waiting", childRun: `${run}.call` });
    if (file === "asks.md") {
      await approve(`${run}.call`);
      expect(await project.follow(run)).toMatchObject({ status: "completed", notices: [] });
    } else {
      await cancelRun(project.connected, run);
      expect((await project.follow(run)).status).toBe("cancelled");
    }
  });

  test("through two levels, listed under its own id; goes on, and the parents with it", async () => {
    const run = await project.start(call("asks-below.md") + script("After", "sleep 0.3; echo after >> log"));
    const report = await project.reportWhen(run, ({ status }) => status === "waiting");
    expect(stepOf(report, "call")?.childRun).toBe(`${run}.call`);
    const { approvals } = await listApprovals(project.connected);
    expect(approvals.filter((one) => one.run.startsWith(run))).toMatchObject([
      { run: `${run}.call.call.call`, step: "gate" },
    ]);
    await approve(`${run}.call.call.call`);
    await project.reportWhen(run, ({ status }) => status !== "waiting");
    expect((await project.follow(run)).status).toBe("completed");
  });

  test("does not use up its parent's time", async () => {
    const run = await project.start(`---\ntimeout: 2s\n---\n${call("asks.md")}`);
    const { startedAt } = await project.reportWhen(run, ({ status }) => status === "waiting");
    await expect.poll(() => Date.now() - Date.parse(startedAt) > 3500, { timeout: 10_000 }).toBe(true);
    expect((await project.follow(run, "waiting")).status).toBe("waiting");
    await approve(`${run}.call`);
    expect((await project.follow(run)).status).toBe("completed");
  });

  test("its output comes back; the parent works meanwhile where it can", async () => {
    const run = await project.start(
      `---\noutputs: { said: "\${{ steps.call.output.said }}" }\n---\n${call("asks.md", "needs: []")}${script("Beside", "echo beside >> log", "needs: []")}`,
    );
    await project.reportWhen(
      run,
      (report) => report.status === "waiting" && stepOf(report, "beside")?.status === "completed",
    );
    await approve(`${run}.call`);
    expect((await project.follow(run)).outputs).toEqual({ said: "hi" });
  });

  test("is given up where another step fails, and skipped by an operator", async () => {
    const run = await project.start(
      call("asks.md", "needs: []") +
        script(
          "Bad",
          "while [ ! -e go ]; do sleep 0.05; done; exit 1",
          "needs: []\neffect: idempotent\nretry: { max-attempts: 1 }",
        ),
    );
    await project.reportWhen(run, (report) => stepOf(report, "call")?.status === "waiting");
    project.write("go", "");
    const failed = await project.follow(run);
    expect([failed.status, stepOf(failed, "call")?.status]).toEqual(["failed", "cancelled"]);
    expect((await project.follow(`${run}.call`)).status).toBe("cancelled");

    const other = await project.start(call("asks.md") + script("After", "echo after >> log"));
    await project.reportWhen(other, ({ status }) => status === "waiting");
    await controlRun(project.connected, other, { action: "skip", step: "call" });
    const skipped = await project.follow(other);
    expect([skipped.status, stepOf(skipped, "call")?.status]).toEqual(["completed", "skipped"]);
    expect((await project.follow(`${other}.call`)).status).toBe("cancelled");
    expect(lines()).toEqual(["after"]);
  });

  test("survives a worker's death in the middle", async () => {
    const run = await project.start(call("asks-deep.md"));
    await project.reportWhen(run, ({ status }) => status === "waiting");
    process.kill(project.worker.pid, "SIGKILL");
    await approve(`${run}.call.call`);
    expect((await project.follow(run)).status).toBe("completed");
  });

  test("strangers do not count", async () => {
    const run = await project.start(gate());
    const handle = project.connected.client.workflow.getHandle(run);
    await handle.signal("aiworkflow-child", { run: "stranger", status: "waiting", usage: zero, unfinished: [] });
    await handle.signal("aiworkflow-child", 7);
    await handle.signal("aiworkflow-child", { run: "stranger", status: "asleep", usage: {}, unfinished: [] });
    const { notices } = await project.reportWhen(run, (report) => report.notices.length === 3);
    expect(notices[0]).toContain("stranger is no child run under way here");
    await approve(run);
    expect((await project.follow(run)).status).toBe("completed");
  });
});

const zero = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 };

describe("a new history", () => {
  test("of the child while it waits and after: the parent knows", async () => {
    const run = await short.start(call("long.md") + script("After", "echo after >> log"));
    const report = await short.reportWhen(run, ({ status }) => status === "waiting");
    expect(stepOf(report, "call")?.status).toBe("waiting");
    await approve(`${run}.call`, "ann", short);
    expect(await short.follow(run)).toMatchObject({ status: "completed", notices: [] });
    expect(lines(short)).toEqual([...Array.from({ length: 12 }, (_, n) => String(n)), "after"]);
    const { raw } = await short.connected.client.workflow.getHandle(`${run}.call`).describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
  });

  test("of a paused child: it stays paused, and its parent knows", async () => {
    const run = await short.start(call("long.md"));
    await written("5", short);
    await controlRun(short.connected, `${run}.call`, { action: "pause" });
    await short.reportWhen(run, (report) => stepOf(report, "call")?.status === "waiting");
    await controlRun(short.connected, `${run}.call`, { action: "resume" });
    await short.reportWhen(`${run}.call`, ({ status }) => status === "waiting");
    await approve(`${run}.call`, "ann", short);
    expect((await short.follow(run)).status).toBe("completed");
  });

  test("of the parent comes after its children have ended; meanwhile it goes on, and can be voted on", async () => {
    const many = Array.from({ length: 10 }, (_, n) =>
      script(`M${n}`, `echo m${n} >> log`, n === 0 ? "needs: []" : `needs: [m${n - 1}]`),
    ).join("");
    const run = await short.start(
      `${call("asks.md", "needs: []")}${many}${gate("Own", "needs: [m9]")}${script("Last", "echo last >> log", "needs: [call, own]")}`,
    );
    await short.reportWhen(run, (report) => stepOf(report, "own")?.status === "waiting" && report.status === "waiting");
    expect((await short.history(run)).length).toBeGreaterThan(50);
    await approve(run, "ann", short);
    await short.reportWhen(run, (report) => stepOf(report, "own")?.status === "completed");
    await approve(`${run}.call`, "ann", short);
    const report = await short.follow(run);
    expect(report).toMatchObject({ status: "completed", notices: [] });
    expect(lines(short)).toEqual([...Array.from({ length: 10 }, (_, n) => `m${n}`), "last"]);
    const { raw } = await short.connected.client.workflow.getHandle(run).describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
    expect(stepOf(report, "call")).toMatchObject({ status: "completed", output: { said: "hi" } });
  });

  test("cannot wait for ever: from a limit on nothing begins until the child has ended", async () => {
    const many = yaml("Many", `needs: []\nrepeat: { max: 120 }\nrun: 'echo m >> log'\neffect: idempotent`);
    const run = await short.start(`${call("asks.md", "needs: []")}${many}${gate("Own", "needs: [many]")}`);
    const held = await short.reportWhen(run, ({ status }) => status === "waiting");
    expect(stepOf(held, "many")?.status).not.toBe("completed");
    const rounds = lines(short).length;
    expect(rounds).toBeGreaterThan(20);
    expect(rounds).toBeLessThan(120);
    await approve(`${run}.call`, "ann", short);
    await short.reportWhen(run, (report) => stepOf(report, "own")?.status === "waiting");
    await approve(run, "ann", short);
    expect((await short.follow(run)).status).toBe("completed");
    expect(lines(short)).toHaveLength(120);
  });
});

describe("an operator of the parent", () => {
  test("pauses and resumes its children, two levels down", async () => {
    const run = await project.start(call("two-deep.md"));
    await written("one");
    await controlRun(project.connected, run, { action: "pause" });
    const inner = await project.reportWhen(`${run}.call.call`, ({ steps }) => steps[0]?.status === "completed");
    expect([inner.status, inner.steps[1]?.status]).toEqual(["paused", "pending"]);
    expect((await project.follow(`${run}.call`, "waiting")).status).toBe("paused");
    await controlRun(project.connected, run, { action: "resume" });
    expect((await project.follow(run)).status).toBe("completed");
    expect(lines()).toEqual(["one", "two", "three"]);
  });

  test("a child that starts after the pause is paused; one paused by hand stays so", async () => {
    const run = await project.start(
      script(
        "Big",
        "node -e 'console.log(JSON.stringify({n: 3, x: \"y\".repeat(9000)}))'",
        "output: { n: integer, x: string }",
      ) +
        yaml(
          "Try",
          "on-error: call\nrun: while [ ! -e is-paused ]; do sleep 0.05; done; exit 1\neffect: idempotent\nretry: { max-attempts: 1 }",
        ) +
        yaml("Call", 'workflow: typed.md\nwith: { n: "${{ steps.big.output.n }}" }'),
    );
    await project.reportWhen(run, (report) => stepOf(report, "try")?.status === "running");
    await controlRun(project.connected, run, { action: "pause" });
    project.write("is-paused", "");
    const child = `${run}.try/call`;
    await project.reportWhen(run, (report) => stepOf(report, "call")?.childRun !== undefined);
    const held = await project.reportWhen(child, ({ status }) => status === "paused");
    expect(held.steps[0]?.status).toBe("pending");
    await controlRun(project.connected, run, { action: "resume" });
    expect((await project.follow(run)).status).toBe("completed");

    const other = await project.start(call("held.md"));
    const begun = () => project.history(`${other}.call`).then(Boolean, () => false);
    await expect.poll(begun, { timeout: 20_000 }).toBe(true);
    await controlRun(project.connected, `${other}.call`, { action: "pause" });
    project.write("let-one", "");
    await project.reportWhen(other, ({ status }) => status === "waiting");
    await controlRun(project.connected, other, { action: "pause" });
    await controlRun(project.connected, other, { action: "resume" });
    await project.reportWhen(`${other}.call`, ({ steps }) => steps[0]?.status === "completed");
    expect((await project.follow(`${other}.call`, "waiting")).status).toBe("paused");
    await controlRun(project.connected, `${other}.call`, { action: "resume" });
    expect((await project.follow(other)).status).toBe("completed");
  });

  test("cancels: waits for the end of the children, clean up included", async () => {
    const run = await project.start(call("cleans.md") + script("Finally", "echo mine >> log", "undo: none"));
    await written("work");
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
    expect((await project.follow(`${run}.call`)).status).toBe("cancelled");
    expect(lines()).toEqual(["work", "cleaned", "mine"]);
  });

  test("cancels: a child that has ended is left alone", async () => {
    const run = await project.start(call("plain.md") + script("Long", "echo began >> log; sleep 60"));
    await written("began");
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
    const asked = (await project.history(run)).filter((type) => type.includes("requestCancelExternal"));
    expect(asked).toEqual([]);
  });

  test("terminates: the children are told to end, and clean up", async () => {
    const run = await project.start(
      yaml("Outer", "workflow: asks-deep.md\nneeds: []") + yaml("Call", "workflow: cleans.md\nneeds: []"),
    );
    await written("work");
    await project.reportWhen(run, (report) => stepOf(report, "outer")?.status === "waiting");
    await terminateRun(project.connected, run, "test");
    expect((await project.follow(`${run}.call`)).status).toBe("cancelled");
    expect((await project.follow(`${run}.outer.call`)).status).toBe("cancelled");
    expect(lines()).toEqual(["work", "cleaned"]);
  });

  test("a time limit of the step ends the child cleanly", async () => {
    const report = await project.run(call("cleans.md", "timeout: 1s"));
    expect(report.error).toMatchObject({ code: "step/timeout", step: "call" });
    expect((await project.follow(`${report.run}.call`)).status).toBe("cancelled");
    expect(lines()).toEqual(["work", "cleaned"]);
  });

  test("a child cancelled by hand: its step and its parent are cancelled", async () => {
    const run = await project.start(call("asks.md") + script("After", "echo after >> log"));
    await project.reportWhen(run, ({ status }) => status === "waiting");
    await cancelRun(project.connected, `${run}.call`);
    const report = await project.follow(run);
    expect([report.status, stepOf(report, "call")?.status]).toEqual(["cancelled", "cancelled"]);
    expect(lines()).toEqual([]);
  });

  test("rerun: children of all levels are stopped first and begin again under the same ids", async () => {
    const run = await project.start(script("First", "echo first >> log") + call("asks-below.md"));
    await project.reportWhen(run, ({ status }) => status === "waiting");
    await rerun(run, "first");
    await project.reportWhen(run, ({ status }) => status === "waiting");
    expect(lines()).toEqual(["first", "first"]);
    await approve(`${run}.call.call.call`);
    expect((await project.follow(run)).status).toBe("completed");
    await rerun(run, "call");
    await project.reportWhen(run, ({ status }) => status === "waiting");
    await approve(`${run}.call.call.call`, "ben");
    expect((await project.follow(run)).status).toBe("completed");
    expect((await project.follow(`${run}.call.call.call`)).approvals).toMatchObject([{ votes: [{ by: "ben" }] }]);
  });

  test("rerun of a terminated run stops children that still clean up", async () => {
    const run = await project.start(call("cleans.md"));
    await written("work");
    await terminateRun(project.connected, run, "test");
    await rerun(run, "call");
    await expect.poll(() => lines().filter((line) => line === "work").length, { timeout: 20_000 }).toBe(2);
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
  });
});

describe("what cannot be a child", () => {
  test("a run started by hand with a parent that is none", async () => {
    const { workflow } = project.connected.client;
    const plan = project.plan(script("One", "echo one >> log"));
    const args = [{ engine: 1, plan, inputs: {}, projectDir: project.dir, parent: { run: 7, paused: "no" } }];
    await workflow.start("by-hand", { workflowId: "by-hand", taskQueue: "aiworkflow", args });
    expect((await project.follow("by-hand")).error).toMatchObject({ code: "run/bad-arguments" });
    const orphan = [{ engine: 1, plan, inputs: {}, projectDir: project.dir, parent: { run: "nobody", paused: true } }];
    await workflow.start("orphan", { workflowId: "orphan", taskQueue: "aiworkflow", args: orphan });
    await project.reportWhen("orphan", ({ status }) => status === "paused");
    await controlRun(project.connected, "orphan", { action: "resume" });
    expect((await project.follow("orphan")).status).toBe("completed");
  });

  test("an input that does not fit fails the step with the child's code", async () => {
    const report = await project.run(
      yaml("N", "set: { n: 0 }") + call("typed.md", 'with: { n: "${{ steps.n.output.n }}" }'),
    );
    expect(report.error).toMatchObject({ code: "input/invalid", step: "call" });
    expect((await project.follow(`${report.run}.call`)).error).toMatchObject({ code: "input/invalid" });
  });

  test("an id that a strange run has: the step fails, and the stranger is left alone", async () => {
    await project.start(gate(), { id: "taken.call" });
    const report = await project.run(`${ROLLBACK}${call("saga.md")}`, { id: "taken" });
    expect(report).toMatchObject({ status: "failed", error: { code: "run/exists", step: "call" } });
    expect((await project.follow("taken.call", "waiting")).status).toBe("waiting");
    expect(stepOf(report, "call")?.childRun).toBeUndefined();
    await approve("taken.call");
  });

  test("a cycle, and workflows that call each other too deep", () => {
    project.write("cycle.md", call("cycle-back.md"));
    project.write("cycle-back.md", call("cycle.md"));
    expect(() => project.plan(call("cycle.md"))).toThrow("workflow/cycle");
    for (let level = 0; level < 12; level += 1) project.write(`deep-${level}.md`, call(`deep-${level + 1}.md`));
    project.write("deep-12.md", script("Bottom", "echo bottom"));
    expect(() => project.plan(call("deep-0.md"))).toThrow("workflow/too-deep");
  });

  test("a large child plan travels by reference, also under Finally", async () => {
    const words = "word ".repeat(12_000);
    project.write("large.md", `${script("One", "echo large >> log")}${yaml("Two", `set: { text: "${words}" }`)}`);
    const run = await project.start(script("A", "echo a >> log") + yaml("Finally", "workflow: large.md"));
    expect((await project.follow(run)).status).toBe("completed");
    expect(lines()).toEqual(["a", "large"]);
    const { events } = await project.connected.client.workflow.getHandle(run).fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(payload?.data?.length).toBeLessThan(20_000);
  });
});

describe("tokens of a child count in its parents", () => {
  const hello = { text: "hello" };

  test.each([
    ["talks.md", "completed"],
    ["talks-deep.md", "completed"],
    ["talks-and-fails.md", "failed"],
  ])("%s, %s", async (file, status) => {
    api.script(hello);
    const report = await project.run(call(file));
    expect(report.status).toBe(status);
    expect((await project.follow(`${report.run}.call`)).usage).toEqual(report.usage);
    expect(report.usage.outputTokens).toBeGreaterThan(0);
    expect(report.notices).toEqual([]);
  });

  test("of a child that is cancelled while it waits, once", async () => {
    api.script(hello);
    const run = await project.start(call("talks-and-waits.md"));
    const waiting = await project.reportWhen(run, ({ status }) => status === "waiting");
    expect(waiting.usage.outputTokens).toBeGreaterThan(0);
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).usage).toEqual(waiting.usage);
  });
});

describe("undo of children", () => {
  test("a completed child is taken back by its own undo log, in the parent's order", async () => {
    const report = await project.run(`${ROLLBACK}${step("p")}${call("saga.md")}${step("q")}${fail}`);
    expect(report).toMatchObject({ status: "compensated", unfinished: [], notices: [] });
    expect(lines()).toEqual(["p", "a", "b", "q", "-q", "-b", "-a", "-p"]);
    expect(stepOf(report, "call")).toMatchObject({
      status: "compensated",
      undo: [{ step: "call", status: "completed" }],
    });
    expect((await project.follow(`${report.run}.call-rollback`)).status).toBe("compensated");
  });

  test("children of children", async () => {
    const report = await project.run(`${ROLLBACK}${call("saga-deep.md")}${fail}`);
    expect(report.status).toBe("compensated");
    expect(lines()).toEqual(["x", "a", "b", "y", "-y", "-b", "-a", "-x"]);
  });

  test("by `rollback RUN` of an ended run, once; a rerun can be taken back again", async () => {
    const run = await project.start(step("p") + call("saga-deep.md"));
    expect((await project.follow(run)).status).toBe("completed");
    expect((await rollback(run)).status).toBe("compensated");
    expect(lines()).toEqual(["p", "x", "a", "b", "y", "-y", "-b", "-a", "-x", "-p"]);
    await expect(rollback(run)).rejects.toThrow("nothing");
    project.write("log", "");
    await rerun(run, "p");
    expect((await project.follow(run)).status).toBe("completed");
    expect((await rollback(run)).status).toBe("compensated");
    expect(lines()).toEqual(["p", "x", "a", "b", "y", "-y", "-b", "-a", "-x", "-p"]);
  });

  test("a completed child whose id another run has by now is left to be done by hand", async () => {
    const run = await project.start(step("p") + call("saga.md"));
    expect((await project.follow(run)).status).toBe("completed");
    const args = [{ engine: 1, plan: project.plan(step("s")), inputs: {}, projectDir: project.dir }];
    const { workflow } = project.connected.client;
    const stranger = await workflow.start("stranger", { workflowId: `${run}.call`, taskQueue: "aiworkflow", args });
    await stranger.result();
    expect(await rollback(run)).toMatchObject({
      status: "compensation-incomplete",
      unfinished: [{ step: "call", code: "run/not-found", todo: "take back “Call” by hand" }],
    });
    expect(lines()).toEqual(["p", "a", "b", "s", "-p"]);
  });

  test("each attempt of a step whose result does not hold", async () => {
    const report = await project.run(
      `${ROLLBACK}${step("p")}${call("saga-one.md", 'verify: "false"\nretry: { max-attempts: 2 }')}`,
    );
    expect(report).toMatchObject({ status: "compensated", error: { code: "step/verify-failed" }, unfinished: [] });
    expect(lines()).toEqual(["p", `${report.run}.call/a`, `${report.run}.call-2/a`, "-a", "-a", "-p"]);
    expect(stepOf(report, "call")).toMatchObject({
      childRun: `${report.run}.call-2`,
      undo: [{ status: "completed" }, { status: "completed" }],
    });
  });

  test("a child that was taken back by hand is not taken back again", async () => {
    const run = await project.start(call("saga.md") + gate("Own") + step("q"));
    await project.follow(run, "waiting");
    expect((await rollback(`${run}.call`)).status).toBe("compensated");
    await approve(run);
    await project.follow(run);
    expect((await rollback(run)).status).toBe("compensated");
    expect(lines()).toEqual(["a", "b", "-b", "-a", "q", "-q"]);
  });

  test("a child that has undone itself is not undone again; one that stopped is", async () => {
    const own = await project.run(`${ROLLBACK}${step("p")}${call("saga-self.md")}`);
    expect(own).toMatchObject({ status: "compensated", error: { code: "script/exit" } });
    expect(lines()).toEqual(["p", "a", "-a", "-p"]);
    project.write("log", "");
    const stopped = await project.run(`${ROLLBACK}${step("p")}${call("saga-stops.md")}`);
    expect(stopped.status).toBe("compensated");
    expect(lines()).toEqual(["p", "a", "-a", "-p"]);
  });

  test("an explicit undo takes its place, and `undo: none` keeps the effect", async () => {
    const explicit = await project.run(`${ROLLBACK}${call("saga.md", "undo: { run: echo instead >> log }")}${fail}`);
    expect(explicit.status).toBe("compensated");
    expect(lines()).toEqual(["a", "b", "instead"]);
    const kept = await project.run(`${ROLLBACK}${call("saga.md", "undo: none")}${fail}`);
    expect(kept.status).toBe("failed");
  });

  test("items of a loop, side by side", async () => {
    const each = yaml("Each", "workflow: saga.md\nfor-each: [1, 2]");
    const report = await project.run(`${ROLLBACK}${each}${fail}`);
    expect(report.status).toBe("compensated");
    expect(
      lines()
        .filter((line) => line.startsWith("-"))
        .sort(),
    ).toEqual(["-a", "-a", "-b", "-b"]);
    expect(report.steps[0]?.undo).toHaveLength(2);
  });

  test("a child that has done much: its undo log travels through the store", async () => {
    const report = await project.run(`${ROLLBACK}${call("saga-large.md")}${fail}`);
    expect(report).toMatchObject({ status: "compensated", unfinished: [] });
    expect(lines()).toHaveLength(80);
    const { events } = await project.connected.client.workflow.getHandle(`${report.run}.call-rollback`).fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(payload?.data?.length).toBeLessThan(20_000);
  });

  test("a worker killed in the middle of it", async () => {
    const run = await project.start(`${ROLLBACK}${step("p")}${call("saga-slow.md")}${fail}`);
    await written("undoing");
    process.kill(project.worker.pid, "SIGKILL");
    expect((await project.follow(run)).status).toBe("compensated");
    expect(lines().slice(-2)).toEqual(["-a", "-p"]);
  });

  test("of a terminated parent: waits for the end of the child, then takes back what that has left", async () => {
    const run = await project.start(step("p") + call("hangs.md"));
    await written("b");
    await terminateRun(project.connected, run, "test");
    expect((await rollback(run)).status).toBe("compensated");
    expect(lines()).toEqual(["p", "a", "b", "-b", "-a", "-p"]);
  });

  test("a child that is cancelled or skipped while it waits: what it has done", async () => {
    const run = await project.start(`${ROLLBACK}${step("p")}${call("saga-waits.md")}`);
    await project.follow(run, "waiting");
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("compensated");
    expect(lines()).toEqual(["p", "a", "-a", "-p"]);

    project.write("log", "");
    const other = await project.start(`${ROLLBACK}${step("p")}${call("saga-waits.md")}${fail}`);
    await project.follow(other, "waiting");
    await controlRun(project.connected, other, { action: "skip", step: "call" });
    const report = await project.follow(other);
    expect([report.status, stepOf(report, "call")?.status]).toEqual(["compensated", "skipped"]);
    expect(lines()).toEqual(["p", "a", "-a", "-p"]);
  });

  test("a step of it whose outcome nobody knows", async () => {
    const run = await project.start(`${ROLLBACK}${step("p")}${call("unknown-undone.md")}`);
    await written("once");
    process.kill(project.worker.pid, "SIGKILL");
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "compensated", unfinished: [], error: { code: "step/outcome-unknown" } });
    expect(lines()).toEqual(["p", "once", "-once", "-p"]);
  });

  test("a child terminated by hand, and a rollback of it that is", async () => {
    const run = await project.start(`${ROLLBACK}${step("p")}${call("hangs.md")}`);
    await written("b");
    await terminateRun(project.connected, `${run}.call`, "test");
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "compensated", error: { code: "run/terminated", step: "call" } });
    expect(lines()).toEqual(["p", "a", "b", "-b", "-a", "-p"]);

    project.write("log", "");
    const other = await project.start(`${ROLLBACK}${call("saga-slow.md")}${fail}`);
    await written("undoing");
    await terminateRun(project.connected, `${other}.call-rollback`, "test");
    const left = await project.follow(other);
    expect(left).toMatchObject({
      status: "compensation-incomplete",
      unfinished: [
        {
          step: "call",
          code: "run/terminated",
          todo: `take back the run ${other}.call with \`aiworkflow rollback ${other}.call\``,
        },
      ],
    });
    expect((await rollback(`${other}.call`)).status).toBe("compensated");
  });
});

describe("ends of a child are told in its parent", () => {
  test("compensation-incomplete, of its own rollback", async () => {
    const report = await project.run(call("saga-self-broken.md"));
    expect(report.status).toBe("compensation-incomplete");
    expect(report.unfinished).toMatchObject([{ run: `${report.run}.call`, step: "a", code: "script/exit" }]);
  });

  test("compensation-incomplete, of its rollback by the parent", async () => {
    const report = await project.run(`${ROLLBACK}${step("p")}${call("saga-broken.md")}${fail}`);
    expect(report.status).toBe("compensation-incomplete");
    expect(report.unfinished).toMatchObject([{ run: `${report.run}.call`, step: "a", code: "script/exit" }]);
    expect(report.unfinished).toHaveLength(1);
    expect(lines()).toEqual(["p", "a", "b", "-b", "-p"]);
  });

  test("outcome-unknown, through two levels", async () => {
    project.write("unknown-deep.md", call("unknown.md"));
    const run = await project.start(call("unknown-deep.md"));
    await written("once");
    process.kill(project.worker.pid, "SIGKILL");
    const report = await project.follow(run);
    expect(report.status).toBe("outcome-unknown");
    expect(report.unfinished).toMatchObject([{ run: `${run}.call.call`, step: "once", code: "step/outcome-unknown" }]);
    expect(report.unfinished).toHaveLength(1);
    expect(stepOf(report, "call")?.status).toBe("outcome-unknown");
  });

  test("a failure that is taken care of: the run completes, and still says what is left", async () => {
    const report = await project.run(call("saga-self-broken.md", "continue-on-error: true"));
    expect(report.status).toBe("completed");
    expect(report.unfinished).toMatchObject([{ run: `${report.run}.call`, step: "a" }]);
  });

  test("a run is followed to its end by whoever follows its parent", async () => {
    const report = await followRun(project.connected, await project.start(call("plain.md")));
    expect(report).toMatchObject({ status: "completed", unfinished: [] });
    expect(await project.history(report.run)).not.toContain("workflowExecutionSignaled");
  });
});
