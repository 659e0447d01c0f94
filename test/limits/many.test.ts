// Very many questions, rounds, signals and steps in one run.
import { afterAll, beforeAll, expect, test } from "vitest";
import { decide } from "../../src/client/decide.ts";
import { readReport } from "../../src/client/read-report.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { WAITING_ATTRIBUTE } from "../../src/plan/search-attributes.ts";
import { runCommand } from "../command-line.ts";
import { isReplayed, LONG_MS } from "../interpreter/replayed.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({});
});
afterAll(() => project.close());

const yaml = (title: string, text: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const pendingOf = (approvals: RunReport["approvals"]) => approvals.filter(({ status }) => status === "pending");
/** Over a hundred signals came during one task, and the server began it anew (`FORCE_CLOSE_COMMAND`): so slow are replayed ones only. */
const FLOODED = 17;
/** How many histories a run has had, and why workflow tasks have failed in the last. */
const facts = async (run: string) => {
  const { events } = await project.connected.client.workflow.getHandle(run).fetchHistory();
  const failed = (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: why }) =>
    why == null || (isReplayed && Number(why.cause) === FLOODED) ? [] : [`${why.cause}: ${why.failure?.message}`],
  );
  return { histories: await project.executions(run), failed };
};

// A longer loop would ask in parts, each a run with questions of its own.
const each = isReplayed ? 100 : 500;
/** Of questions that are not answered by signal. */
const PERSONS = 100;
const TIMEOUT = { timeout: Math.max(LONG_MS, 400_000) };

test(`${6 * each} questions on one run are asked, listed, shown and answered`, TIMEOUT, async () => {
  const loops = 6;
  const count = loops * each;
  const ask = (title: string) =>
    yaml(
      title,
      `for-each: "\${{ inputs.list }}"\nmax-parallel: ${each}\napproval: { message: "Go on with \${{ item }}?" }`,
      "###",
    );
  const markdown = `---\ninputs: { list: { type: array, required: true } }\n---\n${yaml("All", "group:")}${Array.from({ length: loops }, (_, index) => ask(`Loop ${index}`)).join("")}`;
  const run = await project.start(markdown, { inputs: { list: Array.from({ length: each }, (_, index) => index) } });
  const asked = await project.reportWhen(run, ({ approvals }) => approvals.length === count);
  expect(asked.status).toBe("waiting");
  const handle = project.connected.client.workflow.getHandle(run);
  const { searchAttributes } = await handle.describe();
  const named = searchAttributes[WAITING_ATTRIBUTE] as readonly string[];
  expect(named[0]).toBe("all.loop_0[0]");
  expect(named.at(-1)).toBe(`… and ${count - named.length + 1} more`);

  const [listed, shown] = await Promise.all([
    runCommand(project.dir, "approvals", "list", "--json"),
    runCommand(project.dir, "show", run, "--json"),
  ]);
  expect(JSON.parse(listed.stdout).approvals).toHaveLength(count);
  expect(JSON.parse(shown.stdout).approvals).toHaveLength(count);

  const steps = asked.approvals.map(({ step }) => step);
  const bySignal = steps.filter((_, index) => index % (count / PERSONS) !== 0);
  const lane = async () => {
    for (let step = bySignal.shift(); step !== undefined; step = bySignal.shift())
      await handle.signal("approve", { step, by: "ann" });
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  const rest = await project.reportWhen(run, ({ approvals }) => pendingOf(approvals).length === PERSONS, LONG_MS);
  for (const { step } of pendingOf(rest.approvals))
    await decide(project.connected, { run, step, decision: "approve", by: "ben" });
  const report = await project.follow(run);
  expect(report.error).toBeNull();
  expect(report.status).toBe("completed");
  expect(report.notices).toEqual([]);
  expect(report.approvals).toHaveLength(count);
  expect(report.approvals.every(({ status, votes }) => status === "approved" && votes.length === 1)).toBe(true);
  const { histories, failed } = await facts(run);
  if (!isReplayed) expect(histories).toBeGreaterThan(1);
  expect(failed).toEqual([]);
});

const rounds = isReplayed ? 20_000 : 100_000;

test(`a loop of ${rounds} rounds keeps its state over many histories`, TIMEOUT, async () => {
  const report = await project.run(
    `---\noutputs: { last: "\${{ steps.count.output.n }}", begun: "\${{ steps.begin.output.at }}" }\n---\n` +
      yaml("Begin", "set: { at: here }") +
      yaml("Count", `set: { n: "\${{ index + 1 }}" }\nrepeat: { max: ${rounds}, until: "output.n == ${rounds}" }`),
  );
  expect(report.error).toBeNull();
  expect(report.outputs).toEqual({ last: rounds, begun: "here" });
  const { histories, failed } = await facts(report.run);
  expect(histories).toBeGreaterThan(1);
  expect(failed).toEqual([]);
});

test("a run that only waits begins a new history when signals have filled the old one", TIMEOUT, async () => {
  const run = await project.start(yaml("Gate", "approval: { message: Go? }"));
  await project.follow(run, "waiting");
  const handle = project.connected.client.workflow.getHandle(run);
  for (let sent = 0; sent < 5000; sent += 50)
    await Promise.all(Array.from({ length: 50 }, () => handle.signal("approve", { by: "nobody", step: 7 })));
  await expect.poll(async () => (await facts(run)).histories, { timeout: LONG_MS }).toBeGreaterThan(1);
  await decide(project.connected, { run, decision: "approve", by: "ann" });
  const report = await project.follow(run);
  expect(report.status).toBe("completed");
  expect(report.notices.at(-1)).toBe(`… and ${5000 - 100} more notices`);
  expect((await readReport(project.connected, run)).approvals).toHaveLength(1);
});
