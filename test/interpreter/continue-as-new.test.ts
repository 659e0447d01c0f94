import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { controlRun } from "../../src/client/control-run.ts";
import { decide } from "../../src/client/decide.ts";
import { isEndState } from "../../src/plan/run-states.ts";
import { openProject, type TestProject } from "./open-project.ts";
import { LONG_MS } from "./replayed.ts";
import { withoutStore } from "./without-store.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({ "replies.yaml": "ask: [hello]\n" }, { "limit.historyCount.suggestContinueAsNew": 60 });
});
afterAll(() => project.close());

test("a long run goes on in a new history with all it knew: outputs, votes, usage, start", async () => {
  const many = Array.from(
    { length: 30 },
    (_, index) => `## Step ${index}\n\`\`\`bash run\necho ${index} >> order; echo ${index}\n\`\`\`\n`,
  ).join("");
  const run = await project.start(`---
outputs: { last: "\${{ steps.step_29.output }}", said: "\${{ steps.ask.output }}", first: "\${{ steps.step_0.output }}", big: "\${{ steps.big.output.size() }}" }
agent: a
agents: { a: { kind: recorded, replies: replies.yaml } }
---
## Ask
Say hello.
## Big
\`\`\`bash run
node -e 'console.log(JSON.stringify("x".repeat(5000)))'
\`\`\`
## Gate
\`\`\`yaml step
approval: { message: Go? }
\`\`\`
${many}`);
  await project.follow(run, "waiting");
  await project.connected.client.workflow.getHandle(run).signal("approve", { by: "ann" });
  await project.connected.client.workflow.getHandle(run).signal("approve", { by: "late", step: "nowhere" });
  const report = await project.follow(run);
  expect(report.error).toBeNull();
  expect(report.outputs).toEqual({ last: 29, said: "hello", first: 0, big: 5000 });
  expect(report.approvals).toMatchObject([{ step: "gate", status: "approved", votes: [{ by: "ann" }] }]);
  expect(report.notices).toHaveLength(1);
  expect(report.steps.every(({ status }) => status === "completed")).toBe(true);
  expect(project.read("order").trim().split("\n")).toEqual(Array.from({ length: 30 }, (_, index) => String(index)));
  const history = await project.history(run);
  expect(history.length).toBeLessThan(120);
  const { raw } = await project.connected.client.workflow.getHandle(run).describe();
  expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
  expect(Date.parse(report.closedAt as string)).toBeGreaterThan(Date.parse(report.startedAt));
});

const script = (title: string, body: string, yaml: string, level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const lines = (file: string) => project.read(file).split("\n").slice(0, -1);

test("in the middle of loops: no round and no item runs twice, results are whole", async () => {
  const report = await project.run(
    script(
      "Count",
      'echo "$i" >> rounds; echo "$i"',
      'repeat: { until: output == 24, max: 30 }\nwith: { i: "${{ index }}" }\noutput: integer\neffect: read',
    ) +
      "## Each\n```yaml step\nfor-each: steps.list.output.l\nmax-parallel: 3\nneeds: [count, list]\ngroup: { sequence: true }\n```\n".replace(
        /^/,
        "## List\n```yaml step\nset: { l: [0,1,2,3,4,5,6,7,8,9,10,11] }\n```\n",
      ) +
      script(
        "A",
        'echo "a$i" >> items; echo "$i"',
        'with: { i: "${{ item }}" }\noutput: integer\neffect: read',
        "###",
      ) +
      script(
        "B",
        'echo "b$a" >> items; echo "$a"',
        'with: { a: "${{ steps.a.output }}" }\noutput: integer\neffect: read',
        "###",
      ),
  );
  expect(report.error).toBeNull();
  expect(lines("rounds")).toEqual(Array.from({ length: 25 }, (_, index) => String(index)));
  expect(lines("items")).toHaveLength(24);
  expect(new Set(lines("items")).size).toBe(24);
  expect(report.steps.find(({ id }) => id === "each")?.output).toEqual(
    Array.from({ length: 12 }, (_, index) => ({ a: index, b: index })),
  );
  expect(await project.executions(report.run)).toBeGreaterThan(2);
});

test("while people and timers are waited for: votes, deadlines and the undo log go along", async () => {
  const started = Date.now();
  const run = await project.start(
    `---\non-failure: rollback\n---\n${script("First", "echo first >> undo", "undo: { run: echo -first >> undo }")}` +
      "## Gate\n```yaml step\nneeds: []\napproval: { message: Go?, min: 2, expires: 1h }\n```\n" +
      "## Rest\n```yaml step\nneeds: []\nwait: 4s\n```\n" +
      script(
        "Busy",
        'sleep 0.05; echo "$i" >> busy',
        'needs: []\nrepeat: { max: 40 }\nwith: { i: "${{ index }}" }\neffect: read',
      ) +
      script("End", "exit 3", "undo: none"),
  );
  const handle = project.connected.client.workflow.getHandle(run);
  await project.reportWhen(run, ({ approvals }) => approvals.length === 1);
  await handle.signal("approve", { by: "ann", step: "gate" });
  await expect.poll(() => lines("busy").length, { timeout: 20_000 }).toBe(40);
  const asked = (await project.reportWhen(run, ({ status }) => status === "waiting")).approvals[0];
  expect(asked?.votes.map(({ by }) => by)).toEqual(["ann"]);
  expect(Date.parse(asked?.requestedAt as string)).toBeLessThan(started + 2000);
  await handle.signal("approve", { by: "ben", step: "gate" });
  const report = await project.follow(run);
  expect(report.status).toBe("compensated");
  expect(lines("busy")).toEqual(Array.from({ length: 40 }, (_, index) => String(index)));
  expect(lines("undo")).toEqual(["first", "-first"]);
  const rest = report.steps.find(({ id }) => id === "rest");
  expect(Date.parse(rest?.closedAt as string) - Date.parse(report.startedAt)).toBeLessThan(6500);
  expect(await project.executions(run)).toBeGreaterThan(2);
});

test("the run's time limit counts what it has worked before the new history", async () => {
  const report = await project.run(
    `---\ntimeout: 4s\n---\n${script("Busy", 'sleep 0.2; echo "$i" >> slow', 'repeat: { max: 60 }\nwith: { i: "${{ index }}" }\neffect: read')}`,
  );
  expect(report).toMatchObject({ status: "failed", error: { code: "run/timeout" } });
  expect(Date.parse(report.closedAt as string) - Date.parse(report.startedAt)).toBeLessThan(7000);
  expect(await project.executions(report.run)).toBeGreaterThan(1);
});

test("the time limit of a group counts from the first history in which it ran", async () => {
  const run = await project.start(
    "## Watch\n```yaml step\ngroup:\ntimeout: 5s\n```\n" +
      script("Poll", "echo x >> polls", 'repeat: { until: "false", max: 1000, every: 100ms }\neffect: read', "###"),
  );
  const report = await project.reportWhen(run, ({ closedAt }) => closedAt !== null);
  expect(report).toMatchObject({ status: "failed", error: { code: "step/timeout" } });
  expect(Date.parse(report.closedAt as string) - Date.parse(report.startedAt)).toBeGreaterThan(4900);
  expect(await project.executions(run)).toBeGreaterThan(1);
});

test("nor does a pause count that was open before the new history", async () => {
  const run = await project.start(
    "---\ntimeout: 3s\n---\n## Gate\n```yaml step\napproval: { message: Go? }\n```\n## End\n```yaml step\nset: { a: 1 }\n```\n",
  );
  await project.follow(run, "waiting");
  await controlRun(project.connected, run, { action: "pause" });
  await project.run("## Longer\n```yaml step\nwait: 4s\n```\n");
  const handle = project.connected.client.workflow.getHandle(run);
  for (let sent = 0; sent < 60; sent += 1) await handle.signal("news", sent);
  await expect.poll(() => project.executions(run), { timeout: 30_000 }).toBeGreaterThan(1);
  await decide(project.connected, { run, decision: "approve", by: "ann" });
  await controlRun(project.connected, run, { action: "resume" });
  expect(await project.follow(run)).toMatchObject({ status: "completed", error: null });
});

test(
  "cancelled while a new history looks for its plan in a store that is away: what was done is taken back",
  async () => {
    const run = await project.start(
      `---\non-failure: rollback\n---\n${script("First", "echo first >> away", "undo: { run: echo -first >> away }")}` +
        "## Gate\n```yaml step\napproval: { message: Go? }\n```\n" +
        `## Long\n\`\`\`yaml step\nset: { text: "${"x".repeat(100_000)}" }\n\`\`\`\n` +
        script("Finally", "echo finally >> away", "effect: read"),
    );
    await project.follow(run, "waiting");
    const handle = project.connected.client.workflow.getHandle(run);
    const loading = async () => (await handle.describe()).raw.pendingActivities?.[0];
    await withoutStore(project.dir, async () => {
      while ((await loading())?.activityId !== "load-plan") await handle.signal("news", {});
      await cancelRun(project.connected, run);
      // More often than what is asked for in a first history.
      await expect.poll(async () => (await loading())?.attempt ?? 0, { timeout: 30_000 }).toBeGreaterThan(5);
    });
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "compensated", error: null });
    expect(report.steps.map(({ id, status }) => [id, status])).toEqual([
      ["first", "compensated"],
      ["gate", "cancelled"],
      ["long", "pending"],
      ["finally", "completed"],
    ]);
    expect(lines("away")).toEqual(["first", "-first", "finally"]);
  },
  LONG_MS,
);

test(
  "a run that puts its state into a store that is away waits for it",
  async () => {
    const run = await project.start("## Gate\n```yaml step\napproval: { message: Go? }\n```\n");
    await project.follow(run, "waiting");
    const handle = project.connected.client.workflow.getHandle(run);
    const pending = async () => (await handle.describe()).raw.pendingActivities?.[0];
    await withoutStore(project.dir, async () => {
      while (!((await pending())?.activityId ?? "").startsWith("state-"))
        await handle.signal("news", "x".repeat(10_000));
      // More often than what may fail.
      await expect.poll(async () => (await pending())?.attempt ?? 0, { timeout: 30_000 }).toBeGreaterThan(5);
    });
    await expect.poll(() => project.executions(run), { timeout: 30_000 }).toBeGreaterThan(1);
    await decide(project.connected, { run, decision: "approve", by: "ann" });
    expect(await project.follow(run)).toMatchObject({ status: "completed", error: null });
  },
  LONG_MS,
);

test(
  "cancelled while it puts its state into a store that is away: nothing is said to be under way",
  async () => {
    const run = await project.start(
      `---\non-failure: rollback\n---\n${script("First", "echo first >> packed", "undo: { run: echo -first >> packed }")}` +
        "## G\n```yaml step\ngroup:\n```\n### Gate\n```yaml step\napproval: { message: Go? }\n```\n" +
        script("Finally", "echo finally >> packed", "effect: read"),
    );
    await project.follow(run, "waiting");
    const handle = project.connected.client.workflow.getHandle(run);
    const pending = async () => (await handle.describe()).raw.pendingActivities?.[0]?.activityId ?? "";
    await withoutStore(project.dir, async () => {
      while (!(await pending()).startsWith("state-")) await handle.signal("news", "x".repeat(10_000));
      await cancelRun(project.connected, run);
    });
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "compensated", error: null, approvals: [{ status: "cancelled" }] });
    expect(report.steps.map(({ id, status }) => [id, status])).toEqual([
      ["first", "compensated"],
      ["g", "cancelled"],
      ["gate", "cancelled"],
      ["finally", "completed"],
    ]);
    expect(lines("packed")).toEqual(["first", "-first", "finally"]);
  },
  LONG_MS,
);

test("a group that went on in a new history is taken back as one that did not: its steps first", async () => {
  const run = await project.start(
    `---\non-failure: rollback\n---\n## G\n\`\`\`yaml step\ngroup:\nundo: { run: echo "-g" >> whole }\n\`\`\`\n` +
      script("X", "true", 'undo: { run: echo "-x" >> whole }', "###") +
      "### Y\n```yaml step\napproval: { message: Go? }\n```\n" +
      script("Bad", "exit 1", "undo: none"),
  );
  await project.reportWhen(run, ({ status }) => status === "waiting");
  const handle = project.connected.client.workflow.getHandle(run);
  for (let sent = 0; sent < 60; sent += 1) await handle.signal("news", sent);
  await expect.poll(() => project.executions(run), { timeout: 20_000 }).toBeGreaterThan(1);
  await handle.signal("approve", { by: "ann" });
  const report = await project.reportWhen(run, ({ status }) => isEndState(status));
  expect(report).toMatchObject({ status: "compensated", unfinished: [] });
  expect(lines("whole")).toEqual(["-x", "-g"]);
});

test("a cancel reaches a child run that has gone on in a new history", async () => {
  project.write("gate.md", "## Gate\n```yaml step\napproval: { message: Go? }\n```\n");
  const run = await project.start("## Call\n```yaml step\nworkflow: gate.md\n```\n");
  await project.reportWhen(run, ({ status }) => status === "waiting");
  const child = project.connected.client.workflow.getHandle(`${run}.call`);
  const { runId } = await child.describe();
  while ((await child.describe()).runId === runId) await child.signal("news", {});
  await cancelRun(project.connected, run);
  const report = await project.reportWhen(run, ({ closedAt }) => closedAt !== null);
  expect(report).toMatchObject({ status: "cancelled", steps: [{ status: "cancelled" }] });
});
