import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { controlRun } from "../../src/client/control-run.ts";
import { decide } from "../../src/client/decide.ts";
import { listApprovals } from "../../src/client/list-approvals.ts";
import { listRuns } from "../../src/client/list-runs.ts";
import { ITEMS, LIST } from "./list-in-parts.ts";
import { isReplayed, LONG_MS } from "./replayed.ts";
import { mostAtOnce } from "./most-at-once.ts";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

/** Of the worker's largest resident set, from a loop of three parts to the longest one. */
const MOST_GROWTH_MB = 200;

/** The largest resident set of a process so far; on machines that do not tell, nothing. */
function peakMegabytes(pid: number | undefined): number {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return 0;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(path, "utf8"))?.[1]) / 1024;
}

/** A step that makes the list 0, 1, … count - 1. */
const list = (count: number) =>
  `## List\n\`\`\`bash run\nseq 0 ${count - 1} | paste -sd, | sed 's/.*/[&]/'\n\`\`\`\n\`\`\`yaml step\neffect: read\noutput: { type: array, items: integer }\n\`\`\`\n`;
const each = (yaml: string) => `## Each\n\`\`\`yaml step\nfor-each: steps.list.output\n${yaml}\n\`\`\`\n`;
/** A `set` that fails where `bad` holds of the item. */
const failing = (bad: string) => `set: { half: "\${{ ${bad} ? 1 / (item - item) : item / 2 }}" }`;

/** Items of the longest loop. */
const MANY = isReplayed ? 2000 : 20_000;

test(
  `${MANY} items run in parts; the results stand in order, the worker stays small`,
  async () => {
    await project.run(list(501) + each('set: { twice: "${{ item * 2 }}" }'));
    const before = peakMegabytes(project.worker.pid);
    const report = await project.run(
      `---\noutputs: { last: "\${{ steps.each.output[${MANY - 1}].twice }}", count: "\${{ steps.each.output.size() }}" }\n---\n${list(MANY)}${each('set: { twice: "${{ item * 2 }}", at: "${{ index }}" }')}`,
    );
    expect(report.error).toBeNull();
    expect(report.outputs).toEqual({ last: 2 * (MANY - 1), count: MANY });
    expect(report.steps[1]).toMatchObject({ items: { completed: MANY, failed: 0, total: MANY } });
    const output = report.steps[1]?.output as never;
    expect(JSON.stringify(output).length).toBeLessThan(300);
    const whole = (await project.resolve(output)) as readonly unknown[];
    expect(whole).toEqual(Array.from({ length: MANY }, (_, at) => ({ twice: at * 2, at })));
    expect(peakMegabytes(project.worker.pid) - before).toBeLessThan(MOST_GROWTH_MB);
  },
  LONG_MS,
);

describe("an item in a part is as one in a run", () => {
  test("paths, keys and what expressions see", async () => {
    const report = await project.run(
      `---\nname: same\ninputs: { greeting: { type: string, default: hi }, place: { type: string, default: here } }\nenv: { PLACE: "\${{ inputs.place }}" }\n---\n${list(501)}${each('max-parallel: 20\nas: number\nif: "true"\nset: { said: "${{ inputs.greeting + env.PLACE + run.id + run.workflow }}", n: "${{ number }}", first: "${{ steps.list.output[0] }}", i: "${{ index }}" }')}`,
      { id: "same-1" },
    );
    expect(report.error).toBeNull();
    const whole = (await project.resolve(report.steps[1]?.output as never)) as readonly unknown[];
    expect(whole[500]).toEqual({ said: "hiheresame-1same", n: 500, first: 0, i: 500 });
  });

  test("scripts: each once, never more than max-parallel at once, activities by path", async () => {
    const report = await project.run(
      `${LIST}## Each\n\`\`\`bash run\necho "+" >> busy; echo "$item" >> items; echo "-" >> busy; echo "$item"\n\`\`\`\n\`\`\`yaml step\nfor-each: steps.list.output\nwith: { item: "\${{ item.n }}" }\nmax-parallel: 5\neffect: read\n\`\`\`\n`,
      { id: "scripts-1" },
    );
    expect(report.error).toBeNull();
    const items = project.read("items").trim().split("\n").map(Number);
    expect(items.sort((a, b) => a - b)).toEqual(Array.from({ length: ITEMS }, (_, at) => at));
    expect(mostAtOnce(project.read("busy"))).toBeLessThanOrEqual(5);
    const history = await project.connected.client.workflow.getHandle("scripts-1.each[0..199]").fetchHistory();
    const ids = (history.events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityId ?? []);
    expect(ids).toContain("each[199]");
    expect(ids).not.toContain("each[200]");
    const names = (await listRuns(project.connected)).map(({ run }) => run);
    expect(names).toContain("scripts-1");
    expect(names.filter((name) => name.includes("["))).toEqual([]);
  });

  test("groups, loops in loops, repeat and workflows inside", async () => {
    project.write(
      "child.md",
      '---\ninputs: { n: integer }\noutputs: { next: "${{ inputs.n + 1 }}" }\n---\n## One\n```yaml step\nset: { a: 1 }\n```\n',
    );
    const report = await project.run(
      `${list(501)}${each("max-parallel: 50\ngroup: { sequence: true }")}### Own\n\`\`\`yaml step\nset: { n: "\${{ item }}" }\n\`\`\`\n### Inner\n\`\`\`yaml step\nfor-each: "\${{ [steps.own.output.n, 2] }}"\nas: inner\nset: { sum: "\${{ inner + index }}" }\n\`\`\`\n### Count\n\`\`\`yaml step\nrepeat: { until: output.r == 2, max: 5 }\nset: { r: "\${{ index }}" }\n\`\`\`\n### Call\n\`\`\`yaml step\nif: item == 500\nworkflow: child.md\nwith: { n: "\${{ item }}" }\n\`\`\`\n`,
      { id: "inside-1" },
    );
    expect(report.error).toBeNull();
    const whole = (await project.resolve(report.steps[1]?.output as never)) as readonly unknown[];
    expect(whole[500]).toEqual({
      own: { n: 500 },
      inner: [{ sum: 500 }, { sum: 3 }],
      count: { r: 2 },
      call: { next: 501 },
    });
    expect(report.steps.find(({ id }) => id === "own")).toMatchObject({
      status: "completed",
      items: { completed: 501, total: 501 },
    });
    expect(report.steps.find(({ id }) => id === "call")?.childRun).toBe("inside-1.each[500].call");
  });

  test("a long loop in an item of a long loop", async () => {
    const report = await project.run(
      `${list(501)}${each("max-parallel: 4\ngroup: { sequence: true }")}### Rows\n\`\`\`yaml step\nif: item % 500 == 0\nset: { l: "\${{ steps.list.output }}" }\n\`\`\`\n### Inner\n\`\`\`yaml step\nif: item % 500 == 0\nfor-each: steps.rows.output.l\nas: row\nset: { at: "\${{ row }}" }\n\`\`\`\n`,
      { id: "nested-1" },
    );
    expect(report.error).toBeNull();
    const whole = (await project.resolve(report.steps[1]?.output as never)) as readonly { inner: readonly unknown[] }[];
    expect(whole[500]?.inner).toHaveLength(501);
    expect(whole[500]?.inner[500]).toEqual({ at: 500 });
    expect(whole[1]).toEqual({ rows: null, inner: null });
  });

  test("a list that stands in the inputs, and one that is long in bytes", async () => {
    const markdown =
      '---\ninputs: { rows: array }\noutputs: { n: "${{ steps.each.output.size() }}", last: "${{ steps.each.output[299].size }}" }\n---\n## Each\n```yaml step\nfor-each: inputs.rows\nset: { size: "${{ item.size() }}" }\n```\n';
    const rows = Array.from({ length: 300 }, (_, at) => "x".repeat(1000 + at));
    const report = await project.run(markdown, { inputs: { rows }, id: "bytes-1" });
    expect(report.outputs).toEqual({ n: 300, last: 1299 });
    expect(await project.history("bytes-1")).toContain("startChildWorkflowExecutionInitiated");
  });
});

describe("on-item-error", () => {
  test("finish runs every item and names the failed ones", async () => {
    const report = await project.run(list(1000) + each(failing("item % 400 == 399")));
    expect(report.error).toMatchObject({ code: "for-each/items-failed", step: "each" });
    expect(report.error?.message).toContain("2 of 1000 items failed (399, 799)");
    expect(report.error?.details).toMatchObject({ failed: [399, 799] });
    expect(report.steps[1]?.items).toEqual({ completed: 998, failed: 2, total: 1000 });
    const { results } = (await project.resolve(report.error?.details as never)) as { results: readonly unknown[] };
    expect(results[799]).toMatchObject({ error: { code: "expression/failed" } });
    expect(results[999]).toEqual({ half: 499 });
  });

  test("continue keeps the failures in the list", async () => {
    const report = await project.run(list(1000) + each(`on-item-error: continue\n${failing("item == 700")}`));
    expect(report.status).toBe("completed");
    const whole = (await project.resolve(report.steps[1]?.output as never)) as readonly unknown[];
    expect(whole[700]).toMatchObject({ error: { code: "expression/failed" } });
    expect(whole[701]).toEqual({ half: 350 });
    expect(report.steps[1]?.items).toEqual({ completed: 999, failed: 1, total: 1000 });
  });

  test("stop ends the loop at the first failure: what runs is cancelled, what has not begun never begins", async () => {
    const report = await project.run(
      `${list(1000)}## Each\n\`\`\`bash run\necho $item >> stopped; [ $item != 1 ] || exit 9; sleep 30\n\`\`\`\n\`\`\`yaml step\nfor-each: steps.list.output\nwith: { item: "\${{ item }}" }\non-item-error: stop\nmax-parallel: 8\n\`\`\`\n`,
    );
    expect(report).toMatchObject({ status: "failed", error: { code: "script/exit", step: "each" } });
    expect(project.read("stopped").trim().split("\n").length).toBeLessThanOrEqual(8 + 2);
  });

  test("an item of which nobody knows ends the loop so", async () => {
    const report = await project.run(
      `${list(600)}## Each\n\`\`\`bash run\n[ $item != 300 ] || sleep 30\n\`\`\`\n\`\`\`yaml step\nfor-each: steps.list.output\nwith: { item: "\${{ item }}" }\ntimeout: 2s\nmax-parallel: 30\n\`\`\`\n`,
    );
    expect(report).toMatchObject({ status: "outcome-unknown", error: { code: "step/outcome-unknown" } });
    expect(report.unfinished).toMatchObject([{ step: "each", why: expect.stringMatching(/^item 300: /) }]);
  });
});

describe("people and operators", () => {
  const asking = `${list(501)}${each("max-parallel: 40\ngroup: { sequence: true }")}### Gate\n\`\`\`yaml step\nif: item == 0 || item == 450\napproval: { message: "May \${{ item }} go?" }\n\`\`\`\n`;

  test("questions of items show in the run and its list, and a vote on the run reaches them", async () => {
    const run = await project.start(asking, { id: "asking-1" });
    const waiting = await project.reportWhen(
      run,
      ({ status, approvals }) =>
        status === "waiting" && approvals.filter((one) => one.status === "pending").length === 2,
    );
    expect(waiting.approvals.map(({ step, run: part }) => [step, part]).sort()).toEqual([
      ["each[0].gate", "asking-1.each[0..199]"],
      ["each[450].gate", "asking-1.each[400..500]"],
    ]);
    const { approvals } = await listApprovals(project.connected);
    expect(
      approvals
        .filter((one) => one.run.startsWith("asking-1"))
        .map((one) => one.run)
        .sort(),
    ).toEqual(["asking-1.each[0..199]", "asking-1.each[400..500]"]);
    expect(await decide(project.connected, { run, step: "each[450].gate", decision: "approve", by: "ann" })).toEqual({
      run,
      step: "each[450].gate",
      decision: "approve",
      settled: true,
    });
    await project.connected.client.workflow.getHandle(run).signal("approve", { step: "each[0].gate", by: "bob" });
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    expect(report.approvals.map(({ step, status }) => [step, status]).sort()).toEqual([
      ["each[0].gate", "approved"],
      ["each[450].gate", "approved"],
    ]);
  });

  test("pause, resume, skip and cancel go down; nothing begins while paused", async () => {
    const run = await project.start(
      `${LIST}## Each\n\`\`\`bash run\necho $item >> going; while [ ! -e on ]; do sleep 0.05; done\n\`\`\`\n\`\`\`yaml step\nfor-each: steps.list.output\nwith: { item: "\${{ item.n }}" }\nmax-parallel: 4\neffect: read\n\`\`\`\n`,
    );
    await project.reportWhen(run, () => project.read("going").split("\n").length === 5);
    await controlRun(project.connected, run, { action: "pause" });
    const paused = await project.reportWhen(run, ({ status }) => status === "paused");
    for (const { run: part } of paused.steps[1]?.parts ?? [])
      await project.reportWhen(part, ({ status }) => status === "paused");
    project.write("on", "");
    for (const { run: part } of paused.steps[1]?.parts ?? [])
      await project.reportWhen(part, ({ steps }) => steps[0]?.items?.completed === 2);
    expect(project.read("going").trim().split("\n")).toHaveLength(4);
    await controlRun(project.connected, run, { action: "resume" });
    await project.reportWhen(run, () => project.read("going").trim().split("\n").length > 20);
    await cancelRun(project.connected, run);
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "cancelled" });
    expect(report.steps[1]?.status).toBe("cancelled");
    expect(report.steps[1]?.parts).toBeUndefined();
  });

  test("a signal to the run reaches the item that waits for it; an operator skips an item's wait", async () => {
    const run = await project.start(
      `${list(501)}${each("max-parallel: 40\ngroup: { sequence: true }")}### Hear\n\`\`\`yaml step\nif: item == 450\nwait-for: { signal: go }\n\`\`\`\n### Rest\n\`\`\`yaml step\nif: item == 0\nwait: 1h\n\`\`\`\n`,
    );
    await project.reportWhen(run, ({ status }) => status === "waiting");
    await project.connected.client.workflow.getHandle(run).signal("go", { n: 1 });
    await controlRun(project.connected, run, { action: "skip", step: "each[0].rest" });
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    const whole = (await project.resolve(report.steps[1]?.output as never)) as readonly unknown[];
    expect(whole[450]).toEqual({ hear: { n: 1 }, rest: null });
  });

  test("the run's timeout ends the parts", async () => {
    const report = await project.run(
      `---\ntimeout: 3s\n---\n${list(501)}## Each\n\`\`\`bash run\nsleep 30\n\`\`\`\n\`\`\`yaml step\nfor-each: steps.list.output\neffect: read\n\`\`\`\n`,
    );
    expect(report).toMatchObject({ status: "failed", error: { code: "run/timeout" } });
  });
});

test("a part that is cancelled before it was sent has nothing to be taken back", async () => {
  const run = await project.start(
    "---\non-failure: rollback\n---\n" +
      "## Start\n```yaml step\nneeds: []\nwait-for: { signal: start }\n```\n" +
      // Keeps the run's workflow task open.
      "## Hold\n```bash run\ntouch holding; while [ ! -e let-go ]; do sleep 0.02; done\n```\n```yaml step\nneeds: [start]\nlocal: true\neffect: read\n```\n" +
      "## List\n```bash run\nseq 0 500 | paste -sd, | sed 's/.*/[&]/'\n```\n```yaml step\nneeds: []\neffect: read\noutput: { type: array, items: integer }\n```\n" +
      each("needs: [list]\nmax-parallel: 4\non-item-error: stop\ngroup: { sequence: true }") +
      "### Hear\n```yaml step\nif: index == 0 || index == 200\nwait-for: { signal: go }\n```\n" +
      "### Act\n```bash run\necho act >> effects\n```\n```yaml step\nif: index == 0\nundo: { run: echo undo >> effects }\n```\n" +
      '### Half\n```yaml step\nset: { half: "${{ index == 200 ? 1 / (item - item) : item }}" }\n```\n',
    { id: "not-begun" },
  );
  await project.reportWhen(run, ({ status }) => status === "waiting");
  const { workflow } = project.connected.client;
  await workflow.getHandle(run).signal("start");
  await expect.poll(() => existsSync(join(project.dir, "holding")), { timeout: 20_000, interval: 20 }).toBe(true);
  for (const part of ["not-begun.each[0..199]", "not-begun.each[200..399]"]) {
    await workflow.getHandle(part).signal("go");
    await workflow.getHandle(part).result();
  }
  project.write("let-go", "");
  const report = await project.follow(run);
  await expect(workflow.getHandle("not-begun.each[400..500]").describe()).rejects.toThrow(/not found/);
  expect(report).toMatchObject({ status: "compensated", unfinished: [] });
  expect(project.read("effects")).toBe("act\nundo\n");
});
