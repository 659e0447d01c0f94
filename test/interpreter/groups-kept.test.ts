// What blocks and loops know where the run goes on in a new history, also over a pause.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { controlRun } from "../../src/client/control-run.ts";
import { decide } from "../../src/client/decide.ts";
import { fillHistory } from "./fill-history.ts";
import { openProject, type TestProject } from "./open-project.ts";

const EVENTS = 40;

let project: TestProject;
beforeAll(async () => {
  project = await openProject({}, { "limit.historyCount.suggestContinueAsNew": EVENTS });
});
afterAll(() => project.close());

const yaml = (title: string, text: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const script = (title: string, body: string, text = "effect: read", level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const gate = (level = "##") => yaml("Gate", "approval: { message: Go? }", level);
const lines = (file: string) => project.read(file).split("\n").slice(0, -1);
const fill = (run: string) => fillHistory(project, run, EVENTS);
const outputOf = ({ steps }: Awaited<ReturnType<typeof project.follow>>, wanted: string) =>
  steps.find(({ id }) => id === wanted)?.output;

describe("results of steps inside of a group that has ended", () => {
  test("are known to what comes after a new history", async () => {
    const run = await project.start(
      yaml("G", "group:") +
        script("A", "echo 7", "output: integer\neffect: read", "###") +
        yaml("H", "group:", "###") +
        script("B", "exit 3", "continue-on-error: true\nretry: { max-attempts: 1 }\neffect: read", "####") +
        yaml("C", 'if: "false"\nset: { x: 1 }', "####") +
        gate() +
        yaml(
          "End",
          'set: { a: "${{ steps.a.output }}", b: "${{ steps.b.error.code }}", c: "${{ steps.c.status }}", h: "${{ steps.h.output }}" }',
        ),
    );
    await project.follow(run, "waiting");
    await fill(run);
    await decide(project.connected, { run, decision: "approve", by: "ann" });
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    expect(outputOf(report, "end")).toEqual({ a: 7, b: "script/exit", c: "skipped", h: { b: null, c: null } });
  });

  test("are known to what comes after in the same item of a loop, also after a new history", async () => {
    const run = await project.start(
      yaml("Each", 'for-each: "${{ [1, 2] }}"\ngroup: { sequence: true }') +
        yaml("H", "group:", "###") +
        yaml("B", 'set: { x: "${{ item }}" }', "####") +
        yaml("C", 'set: { y: "${{ steps.b.output.x }}" }', "###") +
        yaml("Hold", "wait-for: { signal: go }", "###") +
        yaml("D", 'set: { z: "${{ steps.b.output.x }}" }', "###"),
    );
    await project.follow(run, "waiting");
    await fill(run);
    const handle = project.connected.client.workflow.getHandle(run);
    await handle.signal("go", {});
    await handle.signal("go", {});
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    expect(outputOf(report, "each")).toMatchObject([
      { h: { b: { x: 1 } }, c: { y: 1 }, d: { z: 1 } },
      { h: { b: { x: 2 } }, c: { y: 2 }, d: { z: 2 } },
    ]);
  });
});

describe("a run that stays paused over new histories", () => {
  test("knows its open blocks and loops: nothing runs twice", async () => {
    const run = await project.start(
      yaml("G", "group: { sequence: true }") +
        script("A", "echo a >> paused", "effect: read", "###") +
        gate("###") +
        yaml("Rounds", "needs: []\nrepeat: { max: 2 }\ngroup: { sequence: true }") +
        script("B", "echo b >> paused", "effect: read", "###") +
        yaml("Hold", "wait-for: { signal: go }", "###") +
        yaml("Each", 'needs: []\nfor-each: "${{ [1, 2] }}"\nmax-parallel: 1\ngroup: { sequence: true }') +
        script("C", "echo c >> paused", "effect: read", "###") +
        yaml("Stay", "wait-for: { signal: on }", "###"),
    );
    const handle = project.connected.client.workflow.getHandle(run);
    await project.reportWhen(run, ({ status }) => status === "waiting");
    // The second round and the second item are under way where it stops.
    await handle.signal("go", {});
    await handle.signal("on", {});
    await project.reportWhen(run, ({ status }) => status === "waiting" && lines("paused").length === 5);
    await controlRun(project.connected, run, { action: "pause" });
    await fill(run);
    await fill(run);
    await controlRun(project.connected, run, { action: "resume" });
    await decide(project.connected, { run, step: "g.gate", decision: "approve", by: "ann" });
    await handle.signal("go", {});
    await handle.signal("on", {});
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "completed", error: null });
    expect(lines("paused").sort()).toEqual(["a", "b", "b", "c", "c"]);
  });

  const hang = (file: string) => `echo x >> ${file}; while [ ! -e ${file}-go ]; do sleep 0.05; done`;
  test.each([
    [
      "a group between two steps",
      "of-group",
      yaml("Held", "needs: []\ngroup: { sequence: true }") +
        script("First", hang("of-group"), undefined, "###") +
        script("Second", hang("of-group"), undefined, "###"),
    ],
    [
      "a repeat between two rounds",
      "of-repeat",
      script("Held", hang("of-repeat"), "needs: []\nrepeat: { max: 2 }\neffect: read"),
    ],
    [
      "a for-each between two items",
      "of-items",
      script("Held", hang("of-items"), "needs: []\nfor-each: [1, 2]\nmax-parallel: 1\neffect: read"),
    ],
  ])("does so also where it holds back %s", async (_, file, held) => {
    const run = await project.start(yaml("Gate", "needs: []\napproval: { message: Go? }") + held);
    await expect.poll(() => lines(file), { timeout: 20_000, interval: 20 }).toHaveLength(1);
    await controlRun(project.connected, run, { action: "pause" });
    project.write(`${file}-go`, "");
    await expect.poll(() => project.history(run), { timeout: 20_000 }).toContain("activityTaskCompleted");
    await fill(run);
    await fill(run);
    await decide(project.connected, { run, decision: "approve", by: "ann" });
    await controlRun(project.connected, run, { action: "resume" });
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "completed", error: null });
    expect(lines(file)).toHaveLength(2);
  });
});

test("a group whose result did not hold begins afresh, also one that began before a new history", async () => {
  const run = await project.start(
    yaml("G", 'group: { sequence: true }\nverify: "output.b > 1"\nretry: { max-attempts: 2 }') +
      script("A", "echo a >> afresh", "effect: read", "###") +
      gate("###") +
      script("B", "wc -l < afresh", "output: integer\neffect: read", "###"),
  );
  await project.follow(run, "waiting");
  await fill(run);
  await decide(project.connected, { run, decision: "approve", by: "ann" });
  await project.reportWhen(run, ({ approvals }) => approvals.filter((one) => one.status === "pending").length === 1);
  await decide(project.connected, { run, decision: "approve", by: "ann" });
  const report = await project.follow(run);
  expect(report).toMatchObject({ status: "completed", error: null });
  expect(lines("afresh")).toEqual(["a", "a"]);
});
