// What a death, a cancel, a pause and a new history cost an agent in the middle of its loop.
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { controlRun } from "../../src/client/control-run.ts";
import { rollbackRun } from "../../src/client/rollback-run.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { LONG_MS } from "../interpreter/replayed.ts";
import { type FakeApi, startFakeApi } from "./fake-api.ts";

/** Fat results, a tool that hangs until it is let go, one that counts. */
const FILES = (url: string) => ({
  "aiworkflow.yaml": `agent: claude
agents:
  claude: { kind: anthropic, base-url: "${url}", api-key-env: LOOP_TEST_KEY }
  narrow: { kind: anthropic, base-url: "${url}", api-key-env: LOOP_TEST_KEY, rate: { max-parallel: 1 } }
`,
  "tools/fat.sh": "#!/bin/sh\nprintf '%*s' \"$bytes\" '' | tr ' ' x; echo \"$n\"\n",
  "tools/fat.yaml":
    "operations: { get: { description: Much, parameters: { n: integer, bytes: integer, why: { type: string, required: false } }, effect: read } }\n",
  "tools/hang.sh": '#!/bin/sh\necho $$ >> "hung-$1"; while [ ! -e go ]; do sleep 0.05; done; echo free\n',
  "tools/hang.yaml": `operations:
  safely: { description: Hangs, parameters: {}, effect: idempotent }
  once: { description: Hangs, parameters: {} }
`,
  "tools/count.sh": "#!/bin/sh\necho $AIWORKFLOW_KEY >> counted; wc -l < counted\n",
  "tools/count.yaml": "operations: { next: { description: Counts, parameters: {} } }\n",
});

process.env["LOOP_TEST_KEY"] = "sk-loop";
const step = (yaml: string, title = "Ask") => `## ${title}\nDo it.\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const call = (name: string, args: object = {}, id = "c1") => ({ calls: [{ id, name, json: JSON.stringify(args) }] });
const times = <T>(count: number, one: (index: number) => T) => Array.from({ length: count }, (_, index) => one(index));
const lines = (project: TestProject, file: string) => project.read(file).split("\n").slice(0, -1);
const handle = (project: TestProject, run: string) => project.connected.client.workflow.getHandle(run);

describe("in one history", () => {
  let api: FakeApi;
  let project: TestProject;
  let seen = 0;
  beforeAll(async () => {
    api = await startFakeApi();
    project = await openProject(FILES(api.url));
  });
  afterAll(async () => {
    await project.close();
    await api.close();
  });
  beforeEach(() => {
    seen = api.requests.length;
    project.remove("go");
  });
  const requests = () => api.requests.slice(seen);

  test(
    "100 turns with fat results stay below 2 MB",
    async () => {
      const why = "because ".repeat(100);
      api.script(
        ...times(100, (n) => ({
          text: "thinking ".repeat(200),
          calls: [
            ...call("fat__get", { n, bytes: 900, why }, "a").calls,
            ...call("fat__get", { n, bytes: 20_000, why }, "b").calls,
          ],
        })),
        { text: "Done." },
      );
      const run = await project.start(step("tools: [fat.get]\nmax-turns: 101"));
      const report = await project.follow(run);
      expect(report.steps[0]).toMatchObject({ status: "completed", output: "Done." });
      expect(requests()).toHaveLength(101);
      expect(JSON.stringify(requests()[100]?.body).length).toBeGreaterThan(2_000_000);
      const { historySize } = await handle(project, run).describe();
      expect(historySize).toBeLessThan(2_000_000);
    },
    Math.max(LONG_MS, 180_000),
  );

  test("a worker killed during a tool call costs that call: asked again where it may be, told where it may not", async () => {
    api.script(call("hang__safely"), { text: "Free." });
    const run = await project.start(step("tools: [hang.safely]"));
    await expect.poll(() => lines(project, "hung-safely").length, { timeout: 20_000 }).toBe(1);
    process.kill(project.worker.pid, "SIGKILL");
    await expect.poll(() => lines(project, "hung-safely").length, { timeout: 20_000 }).toBe(2);
    project.write("go", "");
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Free.", attempts: 1 });
    expect(requests()).toHaveLength(2);
    project.remove("go");

    api.script(call("hang__once"));
    const once = await project.start(step("tools: [hang.once]"));
    await expect.poll(() => lines(project, "hung-once").length, { timeout: 20_000 }).toBe(1);
    process.kill(project.worker.pid, "SIGKILL");
    expect((await project.follow(once)).status).toBe("outcome-unknown");
    expect(lines(project, "hung-once")).toHaveLength(1);
    expect(requests()).toHaveLength(3);
  });

  test("a worker killed while it seals a turn costs the seal", async () => {
    api.script(
      { calls: times(4, (n) => call("fat__get", { n, bytes: 9_000_000 }, `c${n}`).calls).flat() },
      { text: "Done." },
    );
    const run = await project.start(step("tools: [fat.get]"));
    const completed = (types: readonly string[]) => types.filter((type) => type === "activityTaskCompleted").length;
    await expect.poll(async () => completed(await project.history(run)), { timeout: 60_000, interval: 5 }).toBe(5);
    // 36 MB are written inside the workflow task that the last result has begun.
    process.kill(project.worker.pid, "SIGKILL");
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Done." });
    expect(requests()).toHaveLength(2);
    const types = await project.history(run);
    expect(types).toContain("workflowTaskFailed");
    expect(types.filter((type) => type === "activityTaskScheduled")).toHaveLength(6);
    expect(types.filter((type) => type === "markerRecorded")).toHaveLength(1);
  });

  test("a worker killed after an answer that it could not hand on makes nobody pay twice", async () => {
    const ledger = new DatabaseSync(join(project.dir, ".aiworkflow", "artifacts", "ledger.db"), { readOnly: true });
    const isAnswered = ledger.prepare("SELECT 1 FROM calls WHERE run = ? AND step = 'ask'");
    let attempts = 1;
    // The moment between the ledger's answer and the server's is short: sometimes the worker is quicker than the kill.
    for (let tries = 0; tries < 15 && attempts === 1; tries += 1) {
      const before = requests().length;
      api.script({ text: "Paid." });
      const run = await project.start(step("max-turns: 1"));
      for (let looks = 0; isAnswered.get(run) === undefined; looks += 1)
        if (looks % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      process.kill(project.worker.pid, "SIGKILL");
      const report = await project.follow(run);
      expect(report.steps[0]).toMatchObject({ status: "completed", output: "Paid.", usage: { inputTokens: 11 } });
      expect(requests().length).toBe(before + 1);
      const { events } = await handle(project, run).fetchHistory();
      attempts = Math.max(...(events ?? []).map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 1));
    }
    ledger.close();
    expect(attempts).toBeGreaterThan(1);
  }, 120_000);

  test("a cancel ends the tool, and goes down to the request of an agent that is asked", async () => {
    const asked = (name: string) => call(`agent__${name}`, { task: "Go." });
    api.script(call("hang__safely"));
    const before = lines(project, "hung-safely").length;
    const tool = await project.start(step("tools: [hang.safely]"));
    await expect.poll(() => lines(project, "hung-safely").length, { timeout: 20_000 }).toBe(before + 1);
    const pid = Number(lines(project, "hung-safely").at(-1));
    await cancelRun(project.connected, tool);
    expect((await project.follow(tool)).status).toBe("cancelled");
    await expect.poll(() => isAlive(pid), { timeout: 2000 }).toBe(false);

    api.script(asked("other"), { hang: true });
    const run = await project.start(step("agents: { other: { agent: claude } }"));
    await expect.poll(() => requests().length, { timeout: 20_000 }).toBe(3);
    await cancelRun(project.connected, run);
    await expect.poll(() => requests()[2]?.aborted, { timeout: 3000 }).toBe(true);
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "cancelled" });
    expect(report.steps[0]?.agents).toMatchObject([{ path: "ask/other-1", status: "cancelled" }]);
  });

  test("a paused run holds its agent before the next turn", async () => {
    api.script(call("hang__safely"), { text: "Free." });
    const before = lines(project, "hung-safely").length;
    const run = await project.start(step("tools: [hang.safely]"));
    await expect.poll(() => lines(project, "hung-safely").length, { timeout: 20_000 }).toBe(before + 1);
    await controlRun(project.connected, run, { action: "pause" });
    project.write("go", "");
    await expect
      .poll(async () => (await project.history(run)).filter((type) => type === "activityTaskCompleted").length, {
        timeout: 20_000,
      })
      .toBe(2);
    expect(requests()).toHaveLength(1);
    await controlRun(project.connected, run, { action: "resume" });
    expect((await project.follow(run)).steps[0]).toMatchObject({ status: "completed", output: "Free." });
    project.remove("go");
  });

  test("one that a paused run holds ends its work where another step has failed: nobody has to resume", async () => {
    const before = [lines(project, "hung-safely").length, requests().length];
    api.script(call("hang__safely"), { text: "Free." });
    const run = await project.start(
      `${step("tools: [hang.safely]")}## Bad\n\`\`\`bash run\nwhile [ ! -e bad ]; do sleep 0.05; done; exit 3\n\`\`\`\n\`\`\`yaml step\nneeds: []\neffect: read\nretry: { max-attempts: 1 }\n\`\`\`\n`,
    );
    await expect.poll(() => lines(project, "hung-safely").length, { timeout: 20_000 }).toBe((before[0] as number) + 1);
    await controlRun(project.connected, run, { action: "pause" });
    project.write("go", "");
    await expect.poll(() => project.history(run), { timeout: 20_000 }).toContain("markerRecorded");
    expect(requests()).toHaveLength((before[1] as number) + 1);
    project.write("bad", "");
    const report = await project.reportWhen(run, ({ closedAt }) => closedAt !== null);
    expect(report).toMatchObject({ status: "failed", error: { step: "bad" } });
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Free." });
    project.remove("go");
  });
});

describe("an agent that was cancelled between two turns", () => {
  test("is taken back, as what it did is not known to be nothing", async () => {
    const api = await startFakeApi();
    const project = await openProject(FILES(api.url));
    try {
      api.script(call("hang__safely"), { text: "Free." });
      const undo = `undo: { run: 'echo "$outcome" >> undone', with: { outcome: "\${{ outcome }}" } }`;
      const run = await project.start(`---\non-failure: rollback\n---\n${step(`tools: [hang.safely]\n${undo}`)}`);
      await expect.poll(() => lines(project, "hung-safely").length, { timeout: 20_000 }).toBe(1);
      await controlRun(project.connected, run, { action: "pause" });
      project.write("go", "");
      const isSealed = async () => (await project.history(run)).filter((type) => type === "markerRecorded");
      await expect.poll(isSealed, { timeout: 20_000 }).toHaveLength(1);
      await cancelRun(project.connected, run);
      expect((await project.follow(run)).status).toBe("compensated");
      expect(lines(project, "undone")).toEqual(["unknown"]);
      expect(api.requests).toHaveLength(1);
    } finally {
      await project.close();
      await api.close();
    }
  });
});

describe("over several histories", () => {
  let api: FakeApi;
  let project: TestProject;
  beforeAll(async () => {
    api = await startFakeApi();
    project = await openProject(FILES(api.url), { "limit.historyCount.suggestContinueAsNew": 60 });
  });
  afterAll(async () => {
    await project.close();
    await api.close();
  });

  test("an agent goes on where it was, and so do the agents that it asks: every call is made once", async () => {
    api.script(
      ...times(20, () => call("count__next")),
      {
        calls: [...call("agent__other", { task: "Count on." }, "sub").calls, ...call("count__next", {}, "own").calls],
      },
      ...times(20, () => call("count__next")),
      { text: "Counted." },
      ...times(5, () => call("count__next")),
      { text: '{"n": "many"}' },
      { text: '{"n": 46}' },
    );
    const run = await project.start(
      step(
        "tools: [count.next]\noutput: { n: integer }\nagents: { other: { agent: claude, tools: [count.next] } }\neffect: at-most-once",
      ),
    );
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    expect(report.steps[0]).toMatchObject({
      status: "completed",
      output: { n: 46 },
      attempts: 1,
      agents: [{ path: "ask/other-1", status: "completed", turns: 21 }],
      usage: { inputTokens: 49 * 11 },
    });
    const keys = lines(project, "counted");
    expect(keys).toHaveLength(46);
    expect(new Set(keys).size).toBe(46);
    expect(api.requests).toHaveLength(49);
    expect((await project.history(run)).length).toBeLessThan(200);
    expect(JSON.stringify(api.requests.at(-1)?.body["messages"]).match(/tool_use"/g)).toHaveLength(27);
  }, 120_000);

  test("one that a pause holds back goes on where it was", async () => {
    const before = api.requests.length;
    api.script(call("hang__safely"), { text: "Free." });
    const run = await project.start(step("tools: [hang.safely]"));
    await expect.poll(() => lines(project, "hung-safely").length, { timeout: 20_000 }).toBe(1);
    await controlRun(project.connected, run, { action: "pause" });
    project.write("go", "");
    await expect.poll(() => project.history(run), { timeout: 20_000 }).toContain("markerRecorded");
    for (let sent = 0; sent < 60; sent += 1) await handle(project, run).signal("news", sent);
    await expect.poll(() => project.executions(run), { timeout: 30_000 }).toBeGreaterThan(1);
    await controlRun(project.connected, run, { action: "resume" });
    expect((await project.follow(run)).steps[0]).toMatchObject({ status: "completed", output: "Free." });
    expect(api.requests.length - before).toBe(2);
    project.remove("go");
  });

  test("one that takes back another run waits in the history it has, and cannot be paused", async () => {
    const before = api.requests.length;
    api.script({ hang: true }, { text: "Back." });
    const busy = await project.start(step("agent: narrow"));
    await expect.poll(() => api.requests.length, { timeout: 20_000 }).toBe(before + 1);
    const undo = "undo: { agent: { primary: narrow, if-none: queue }, prompt: Take it back. }";
    const { run } = await project.run(`## Do\n\`\`\`bash run\ntrue\n\`\`\`\n\`\`\`yaml step\n${undo}\n\`\`\`\n`);
    const storeDir = join(project.dir, ".aiworkflow", "artifacts");
    const { run: back } = await rollbackRun(project.connected, run, { storeDir });
    await expect.poll(() => project.history(back), { timeout: 20_000 }).toContain("timerStarted");
    await expect(controlRun(project.connected, back, { action: "pause" })).rejects.toMatchObject({
      diagnostics: [{ code: "control/refused" }],
    });
    for (let sent = 0; sent < 60; sent += 1) await handle(project, back).signal("news", sent);
    await cancelRun(project.connected, busy);
    expect(await project.follow(back)).toMatchObject({ status: "compensated", unfinished: [] });
    expect(api.requests).toHaveLength(before + 2);
  });

  test("what it did is taken back once, by the undo that was noted before it began", async () => {
    const before = api.requests.length;
    api.script(...times(12, () => call("count__next")), { text: "Counted." });
    const report = await project.run(
      `---\non-failure: rollback\n---\n${step('tools: [count.next]\nundo: { run: \'echo "$outcome" >> undone\', with: { outcome: "${{ outcome }}" } }')}## Fail\n\`\`\`bash run\nexit 1\n\`\`\`\n`,
    );
    expect(report.status).toBe("compensated");
    expect(lines(project, "undone")).toEqual(["completed"]);
    expect(api.requests.length - before).toBe(13);
  }, 60_000);
});
