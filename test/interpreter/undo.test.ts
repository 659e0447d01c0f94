import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { decide } from "../../src/client/decide.ts";
import { terminateRun } from "../../src/client/control-run.ts";
import { launchRun } from "../../src/client/start-run.ts";
import { readState } from "../../src/history/read-state.ts";
import { ENGINE, TASK_QUEUE } from "../../src/plan/messages.ts";
import { isEndState } from "../../src/plan/run-states.ts";
import { rollbackRun } from "../../src/client/rollback-run.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { join } from "node:path";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({});
});
afterAll(() => project.close());
beforeEach(() => project.write("log", ""));

const ROLLBACK = "---\non-failure: rollback\n---\n";
const lines = () => project.read("log").split("\n").slice(0, -1);
/** A step that writes its name, whose undo writes `-NAME OUTCOME`. */
const step = (name: string, { more = "", body = "", level = "##" } = {}) =>
  `${level} ${name}\n\`\`\`bash run\necho ${name} >> log; ${body || `echo '"made ${name}"'`}\n\`\`\`\n\`\`\`yaml step\n${more}\nundo: { run: 'echo "-${name} $outcome $made" >> log', with: { outcome: "\${{ outcome }}", made: "\${{ output }}" } }\n\`\`\`\n`;
const yaml = (title: string, text: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const fail = "## End\n```bash run\nexit 3\n```\n```yaml step\nundo: none\n```\n";
const statuses = (report: RunReport) => Object.fromEntries(report.steps.map(({ id, status }) => [id, status]));
const rollback = async (run: string, to?: string) => {
  const { run: id } = await rollbackRun(project.connected, run, {
    storeDir: join(project.dir, ".aiworkflow", "artifacts"),
    ...(to === undefined ? {} : { to }),
  });
  return project.follow(id);
};

describe("a run that rolls back", () => {
  test("on failure: newest first, told what became of the step", async () => {
    const report = await project.run(ROLLBACK + step("a") + step("b") + step("c", { body: "exit 1" }));
    expect(report).toMatchObject({ status: "compensated", error: { code: "script/exit", step: "c" }, unfinished: [] });
    expect(lines()).toEqual(["a", "b", "c", "-c failed ", "-b completed made b", "-a completed made a"]);
    expect(statuses(report)).toEqual({ a: "compensated", b: "compensated", c: "failed" });
    expect(report.steps[2]?.undo).toEqual([{ step: "c", status: "completed", error: null }]);
  });

  test("after a result that does not hold: told that result", async () => {
    const report = await project.run(
      ROLLBACK + step("a", { more: "output: string\nverify: output == 'right'\nretry: { max-attempts: 1 }" }),
    );
    expect(report).toMatchObject({ status: "compensated", error: { code: "step/verify-failed" } });
    expect(lines()).toEqual(["a", "-a failed made a"]);
  });

  test("side by side what went side by side", async () => {
    const report = await project.run(
      `${ROLLBACK}${yaml("G", "group:")}${step("x", { level: "###" })}${step("y", { level: "###" })}${step("z")}${fail}`,
    );
    expect(report.status).toBe("compensated");
    expect(lines().slice(3, 4)).toEqual(["-z completed made z"]);
    expect(lines().slice(4).sort()).toEqual(["-x completed made x", "-y completed made y"]);
  });

  test("items of a loop, with their names", async () => {
    const each = `## Each\n\`\`\`bash run\necho "$i" >> log\n\`\`\`\n\`\`\`yaml step\nfor-each: [1, 2]\nwith: { i: "\${{ item }}" }\nundo: { run: 'echo "-$i" >> log', with: { i: "\${{ item }}" } }\n\`\`\`\n`;
    const report = await project.run(ROLLBACK + each + fail);
    expect(report.status).toBe("compensated");
    expect(lines().slice(2).sort()).toEqual(["-1", "-2"]);
    expect(report.steps[0]).toMatchObject({
      status: "compensated",
      undo: [{ status: "completed" }, { status: "completed" }],
    });
  });

  test("on cancel, on a rejected approval and on the run's timeout", async () => {
    const waiting = await project.start(ROLLBACK + step("a") + yaml("Gate", "approval: { message: Go? }"));
    await project.follow(waiting, "waiting");
    await cancelRun(project.connected, waiting);
    expect((await project.follow(waiting)).status).toBe("compensated");
    const rejected = await project.start(ROLLBACK + step("b") + yaml("Gate", "approval: { message: Go? }"));
    await project.follow(rejected, "waiting");
    await decide(project.connected, { run: rejected, decision: "reject", by: "ann" });
    expect(await project.follow(rejected)).toMatchObject({
      status: "compensated",
      error: { code: "approval/rejected" },
    });
    const late = await project.run(
      `---\non-failure: rollback\ntimeout: 1s\n---\n${step("c")}${step("d", { body: "sleep 30" })}`,
    );
    expect(late).toMatchObject({ status: "compensated", error: { code: "run/timeout" } });
    expect(lines()).toEqual([
      "a",
      "-a completed made a",
      "b",
      "-b completed made b",
      "c",
      "d",
      "-d unknown ",
      "-c completed made c",
    ]);
  });

  test("a failing undo does not stop the others, and is told with what to do", async () => {
    const bad = `## Bad\n\`\`\`bash run\necho bad >> log\n\`\`\`\n\`\`\`yaml step\nundo: { run: "exit 9", retry: { max-attempts: 2, initial-interval: 10ms } }\n\`\`\`\n`;
    const report = await project.run(ROLLBACK + step("a") + bad + fail);
    expect(report).toMatchObject({
      status: "compensation-incomplete",
      unfinished: [{ step: "bad", code: "script/exit", todo: expect.stringContaining("Bad") }],
    });
    expect(statuses(report)).toMatchObject({ a: "compensated", bad: "completed" });
    expect(lines()).toEqual(["a", "bad", "-a completed made a"]);
  });

  test("an undo sees inputs and the step's key, and has attempts and a time limit of its own", async () => {
    const undo = [
      "## Made",
      "```bash run",
      'echo "$AIWORKFLOW_KEY" >> log',
      "```",
      "```yaml step",
      "retry: { max-attempts: 1 }",
      "undo:",
      "  run: 'echo try >> log; [ $(grep -c try log) -gt 1 ] || sleep 30; echo \"-$who $key\" >> log'",
      "  with: { who: '${{ inputs.who }}', key: '${{ key }}' }",
      "  effect: idempotent",
      "  timeout: 500ms",
      "  retry: { max-attempts: 2, initial-interval: 10ms }",
      "```\n",
    ].join("\n");
    const report = await project.run(`---\non-failure: rollback\ninputs: { who: string }\n---\n${undo}${fail}`, {
      inputs: { who: "ann" },
    });
    expect(report).toMatchObject({ status: "compensated", unfinished: [] });
    expect(lines()).toEqual([`${report.run}/made`, "try", "try", `-ann ${report.run}/made`]);
  });

  test("nothing to undo: it failed, and says no more", async () => {
    expect((await project.run(ROLLBACK + fail)).status).toBe("failed");
  });

  test("a second cancel during the undo changes nothing", async () => {
    const slow = `## Slow\n\`\`\`bash run\necho slow >> log\n\`\`\`\n\`\`\`yaml undo\nrun: sleep 1; echo -slow >> log\n\`\`\`\n`;
    const run = await project.start(ROLLBACK + slow + yaml("Gate", "approval: { message: Go? }"));
    await project.follow(run, "waiting");
    await cancelRun(project.connected, run);
    await cancelRun(project.connected, run).catch(() => undefined);
    expect((await project.follow(run)).status).toBe("compensated");
    expect(lines()).toEqual(["slow", "-slow"]);
  });

  const OUTPUT = 'outputs: { url: "${{ steps.maybe.output.url }}" }\n';
  const maybe = `## Maybe\n\`\`\`bash run\necho '{"url": "x"}'\n\`\`\`\n\`\`\`yaml step\nif: 1 > 2\noutput: { url: string }\nundo: none\n\`\`\`\n`;
  const last = (body: string) => `## Finally\n\`\`\`bash run\necho last >> log; ${body}\n\`\`\`\n`;

  test("where it fails by its outputs, before `## Finally` where there is one", async () => {
    const front = `---\non-failure: rollback\n${OUTPUT}---\n`;
    const failed = { status: "compensated", error: { code: "expression/null" }, unfinished: [], outputs: null };
    expect(await project.run(front + step("a") + maybe)).toMatchObject(failed);
    expect(lines()).toEqual(["a", "-a completed made a"]);
    expect(await project.run(front + step("b") + maybe + last("true"))).toMatchObject(failed);
    expect(lines().slice(2)).toEqual(["b", "-b completed made b", "last"]);
  });

  test("not where `## Finally` fails, or outputs that name it: that is told", async () => {
    const notices = [expect.stringContaining("nothing was taken back: `aiworkflow rollback ")];
    const report = await project.run(`${ROLLBACK}${step("a")}${last("exit 1")}`);
    expect(report).toMatchObject({ status: "failed", error: { code: "script/exit" }, notices });
    const named = `---\non-failure: rollback\noutputs: { url: "\${{ steps.finally.output.url }}" }\n---\n`;
    const other = await project.run(named + step("b") + last("echo null"));
    expect(other).toMatchObject({ status: "failed", error: { code: "expression/null" }, notices });
    expect(lines()).toEqual(["a", "last", "b", "last"]);
    expect((await rollback(report.run)).status).toBe("compensated");
    expect(lines().slice(4)).toEqual(["-a completed made a"]);
  });

  test("only back to a savepoint, where the file says so", async () => {
    const report = await project.run(
      `---\non-failure: { rollback-to: middle }\n---\n${step("a")}${step("b", { more: "savepoint: middle" })}${step("c")}${fail}`,
    );
    expect(report.status).toBe("compensated");
    expect(statuses(report)).toMatchObject({ a: "completed", b: "compensated", c: "compensated" });
    expect(lines().slice(3)).toEqual(["-c completed made c", "-b completed made b"]);
  });
});

describe("a step that commits", () => {
  test("keeps what ended before it, and itself; what comes later, or is still under way, is taken back", async () => {
    const late = step("late", { more: "needs: []", body: "while [ ! -e committed ]; do sleep 0.05; done" });
    const text =
      late +
      step("a", { more: "needs: []" }) +
      step("b", { more: "needs: [a]\ncommit: true" }) +
      step("c", { more: "needs: [b]", body: "touch committed" });
    const report = await project.run(`${ROLLBACK}${text}${fail}`);
    expect(report).toMatchObject({ status: "compensated", unfinished: [] });
    expect(statuses(report)).toMatchObject({ late: "compensated", a: "completed", b: "completed", c: "compensated" });
    expect(
      lines()
        .filter((line) => line.startsWith("-"))
        .sort(),
    ).toEqual(["-c completed ", "-late completed "]);
    project.remove("committed");
  });

  test("leaves nothing for `rollback RUN`; one that is skipped or fails commits nothing", async () => {
    const run = (await project.run(step("a") + step("b", { more: "commit: true" }))).run;
    await expect(rollback(run)).rejects.toMatchObject({ diagnostics: [{ code: "run/nothing-to-undo" }] });
    const skipped = await project.run(
      `${ROLLBACK}${step("c")}${step("d", { more: "if: 1 > 2\ncommit: true" })}${fail}`,
    );
    expect([skipped.status, statuses(skipped)["c"]]).toEqual(["compensated", "compensated"]);
    const failed = await project.run(`${ROLLBACK}${step("e")}${step("f", { more: "commit: true", body: "exit 1" })}`);
    expect([failed.status, statuses(failed)["e"]]).toEqual(["compensated", "compensated"]);
  });
});

describe("rollback of a run that has ended", () => {
  test("completed: in parts, once; then there is nothing left", async () => {
    const run = await project.start(step("a") + step("b") + step("c"));
    expect((await project.follow(run)).status).toBe("completed");
    expect((await rollback(run, "c")).status).toBe("compensated");
    expect(lines().slice(3)).toEqual(["-c completed made c"]);
    expect((await rollback(run)).status).toBe("compensated");
    expect(lines().slice(4)).toEqual(["-b completed made b", "-a completed made a"]);
    await expect(rollback(run)).rejects.toThrow();
  });

  test("from a step on that never began: there is nothing to take back, and nothing is", async () => {
    const run = await project.start(step("a") + fail + step("c", { more: "savepoint: after" }));
    expect((await project.follow(run)).status).toBe("failed");
    for (const to of ["c", "after"])
      await expect(rollback(run, to)).rejects.toMatchObject({ diagnostics: [{ code: "run/nothing-to-undo" }] });
    expect(lines()).toEqual(["a"]);
  });

  test("a group noted after the steps inside of it, as earlier versions left it in a new history", async () => {
    const text = `${yaml("G", "group:\nundo: { run: echo -g >> log }\nneeds: []")}${step("x", { level: "###", body: "touch x-done" })}${step("y", { more: "needs: []", body: "while [ ! -e x-done ]; do sleep 0.05; done" })}${step("z", { more: "needs: [y]" })}`;
    const run = await project.start(text);
    expect((await project.follow(run)).status).toBe("completed");
    const { connected, dir: projectDir } = project;
    const state = await readState(connected.client, run);
    const late = { from: state.clock + 1, to: state.clock + 2 };
    const undoLog = state.undoLog.map((entry) => (entry.path === "g" ? { ...entry, ...late } : entry));
    const plan = project.plan(text);
    const args = {
      engine: ENGINE,
      plan,
      inputs: {},
      projectDir,
      carried: { ...state, undoLog },
      rollback: { of: run },
    };
    await launchRun(connected, { run: `${run}-back`, plan, args, taskQueue: TASK_QUEUE });
    const report = await project.reportWhen(`${run}-back`, ({ status }) => isEndState(status));
    expect(report).toMatchObject({ status: "compensated", unfinished: [] });
    const undone = lines().filter((line) => line.startsWith("-"));
    expect(undone.toSorted()).toEqual(["-g", "-x completed ", "-y completed ", "-z completed made z"]);
    expect(undone.indexOf("-x completed ")).toBeLessThan(undone.indexOf("-g"));
    project.remove("x-done");
  });

  test("terminated in the middle: the step under way is undone too", async () => {
    const run = await project.start(step("a") + step("b", { body: "sleep 30" }) + step("c"));
    await project.reportWhen(run, ({ steps }) => steps[1]?.status === "running");
    await expect(rollback(run)).rejects.toThrow();
    await terminateRun(project.connected, run, "test");
    expect((await rollback(run)).status).toBe("compensated");
    expect(lines().filter((line) => line.startsWith("-"))).toEqual(["-b unknown ", "-a completed made a"]);
  });
});

test("a worker killed during the undo: it goes on, each undo is done", async () => {
  const slow = `## Slow\n\`\`\`bash run\necho slow >> log\n\`\`\`\n\`\`\`yaml undo\nrun: echo begin >> log; sleep 1; echo -slow >> log\n\`\`\`\n`;
  const run = await project.start(ROLLBACK + step("a") + slow + fail);
  await expect.poll(() => lines().includes("begin"), { timeout: 20_000, interval: 20 }).toBe(true);
  process.kill(project.worker.pid, "SIGKILL");
  expect((await project.follow(run)).status).toBe("compensated");
  expect(lines()).toEqual(["a", "slow", "begin", "begin", "-slow", "-a completed made a"]);
});

test("a step killed with its worker whose outcome nobody knows is undone as well", async () => {
  const run = await project.start(ROLLBACK + step("a") + step("b", { body: "sleep 1.5" }));
  await expect.poll(() => lines().includes("b"), { timeout: 20_000, interval: 20 }).toBe(true);
  process.kill(project.worker.pid, "SIGKILL");
  const report = await project.follow(run);
  expect(report).toMatchObject({ status: "compensated", error: { code: "step/outcome-unknown" } });
  expect(lines()).toEqual(["a", "b", "-b unknown ", "-a completed made a"]);
});

test("an undo that says nothing of attempts gets five", async () => {
  const report = await project.run(
    `${ROLLBACK}## A\n\`\`\`bash run\ntrue\n\`\`\`\n\`\`\`yaml step\nundo: { run: "echo -a >> log; exit 1", retry: { initial-interval: 10ms } }\n\`\`\`\n${fail}`,
  );
  expect(report).toMatchObject({ status: "compensation-incomplete", unfinished: [{ step: "a" }] });
  expect(lines()).toEqual(["-a", "-a", "-a", "-a", "-a"]);
});
