// What ends in time, and what that costs, also in runs that wait or were paused.
import { afterAll, beforeAll, expect, test } from "vitest";
import { controlRun } from "../../src/client/control-run.ts";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

const yaml = (title: string, text: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const script = (title: string, body: string, text = "effect: read", level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const control = (run: string, action: "pause" | "resume") => controlRun(project.connected, run, { action });
const tookMs = ({ startedAt, closedAt }: Awaited<ReturnType<typeof project.follow>>) =>
  Date.parse(closedAt as string) - Date.parse(startedAt);

test("a run that waits sets no timers for its time limit", async () => {
  const report = await project.run(`---\ntimeout: 2s\n---\n${yaml("Rest", "wait: 9s")}${yaml("End", "set: { a: 1 }")}`);
  expect(report).toMatchObject({ status: "completed", error: null });
  const timers = (await project.history(report.run)).filter((type) => type === "timerStarted");
  // The wait, the limit while it began and, perhaps, the limit while it ended.
  expect(timers.length).toBeLessThanOrEqual(3);
});

test("the time that a run has worked counts, however often it waited", async () => {
  const report = await project.run(
    `---\ntimeout: 6s\n---\n${script("A", "sleep 2")}${yaml("Rest", "wait: 5s")}${script("B", "sleep 60")}`,
  );
  expect(report).toMatchObject({ status: "failed", error: { code: "run/timeout" } });
  expect(report.steps.map(({ status }) => status)).toEqual(["completed", "completed", "cancelled"]);
  expect(tookMs(report)).toBeGreaterThan(10_000);
});

/** Pauses a run whose script waits for FILE, lets that end, and resumes the run. */
const pauseAt = async (run: string, file: string) => {
  await expect.poll(() => project.read(`${file}-began`), { timeout: 20_000 }).not.toBe("");
  await control(run, "pause");
  project.write(file, "");
  await project.reportWhen(run, ({ steps }) =>
    steps.some(({ status, items }) => status === "completed" || (items?.completed ?? 0) > 0),
  );
  await control(run, "resume");
};
const holds = (file: string) => `echo > ${file}-began; while [ ! -e ${file} ]; do sleep 0.02; done`;

test("the time limit of a run ends what begins after a pause", async () => {
  const run = await project.start(
    `---\ntimeout: 8s\n---\n${script("First", holds("one"))}${script("Long", "sleep 60")}`,
  );
  await pauseAt(run, "one");
  const report = await project.follow(run);
  expect(report).toMatchObject({ status: "failed", error: { code: "run/timeout" } });
  expect(report.steps.map(({ status }) => status)).toEqual(["completed", "cancelled"]);
});

test("so does that of a group", async () => {
  const run = await project.start(
    yaml("Box", "timeout: 8s\ngroup: { sequence: true }") +
      script("First", holds("two"), undefined, "###") +
      script("Long", "sleep 60", undefined, "###"),
  );
  await pauseAt(run, "two");
  const report = await project.follow(run);
  expect(report).toMatchObject({ status: "failed", error: { code: "step/timeout" } });
  expect(report.steps.map(({ status }) => status)).toEqual(["failed", "completed", "cancelled"]);
});

test("an item that fails cancels those that began after a pause", async () => {
  const run = await project.start(
    script(
      "Each",
      `case $i in 0) ${holds("three")};; 1) while [ ! -e three-2 ]; do sleep 0.02; done; exit 3;; *) echo > three-2; sleep 60;; esac`,
      'for-each: "${{ [0, 1, 2] }}"\nmax-parallel: 2\non-item-error: stop\nwith: { i: "${{ item }}" }\neffect: read\nretry: { max-attempts: 1 }',
    ),
  );
  await pauseAt(run, "three");
  const report = await project.follow(run);
  expect(report).toMatchObject({ status: "failed", error: { code: "script/exit" } });
  expect(tookMs(report)).toBeLessThan(60_000);
});
