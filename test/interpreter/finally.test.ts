import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { controlRun } from "../../src/client/control-run.ts";
import { decide } from "../../src/client/decide.ts";
import { openProject, type TestProject } from "./open-project.ts";

const EVENTS = 40;

let project: TestProject;
beforeAll(async () => {
  project = await openProject({}, { "limit.historyCount.suggestContinueAsNew": EVENTS });
});
afterAll(() => project.close());

const script = (title: string, body: string, level = "##") => `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n`;
const yaml = (title: string, text: string) => `## ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const finallySlowly = (file: string) =>
  `## Finally\n\`\`\`yaml step\ngroup: { sequence: true }\n\`\`\`\n${script("One", `echo one >> ${file}; sleep 1; echo end >> ${file}`, "###")}${script("Two", `echo two >> ${file}`, "###")}`;
const lines = (file: string) => project.read(file).split("\n").slice(0, -1);

test.each([
  ["completed", "true"],
  ["failed", "exit 3"],
])("a cancel while it runs changes neither it nor the end: %s", async (status, body) => {
  const file = `log-${status}`;
  const run = await project.start(script("Work", body) + finallySlowly(file));
  await expect.poll(() => lines(file), { timeout: 20_000, interval: 20 }).toEqual(["one"]);
  await cancelRun(project.connected, run);
  const report = await project.follow(run);
  expect(report.status).toBe(status);
  expect(lines(file)).toEqual(["one", "end", "two"]);
});

test("it runs where steps before it never began", async () => {
  const report = await project.run(
    script("Work", "exit 3") + script("Never", "true") + script("Finally", "echo end >> pending"),
  );
  expect(report.steps.map(({ status }) => status)).toEqual(["failed", "pending", "completed"]);
  expect(lines("pending")).toEqual(["end"]);
});

test("it runs where the history is full, too", async () => {
  const run = await project.start(yaml("Gate", "approval: { message: Go? }") + finallySlowly("full"));
  await project.follow(run, "waiting");
  const handle = project.connected.client.workflow.getHandle(run);
  for (let sent = 0; sent < EVENTS; sent += 1) await handle.signal("news", sent);
  await decide(project.connected, { run, decision: "reject", by: "ann" });
  expect(await project.follow(run)).toMatchObject({ status: "failed", error: { code: "approval/rejected" } });
  expect(lines("full")).toEqual(["one", "end", "two"]);
});

test.each([
  ["a cancel", "cancelled", "true"],
  ["a failure", "failed", "exit 3"],
])("it is not held back by a pause: after %s", async (_, status, body) => {
  const file = `paused-${status}`;
  const run = await project.start(
    script("Work", `while [ ! -e ${file}-go ]; do sleep 0.05; done; ${body}`) +
      script("Next", "true") +
      finallySlowly(file),
  );
  await project.reportWhen(run, ({ steps }) => steps[0]?.status === "running");
  await controlRun(project.connected, run, { action: "pause" });
  project.write(`${file}-go`, "");
  await project.reportWhen(run, ({ steps }) => steps[0]?.closedAt !== null);
  if (status === "cancelled") await cancelRun(project.connected, run);
  const report = await project.reportWhen(run, ({ closedAt }) => closedAt !== null);
  expect(report.status).toBe(status);
  expect(report.steps.map((step) => step.status)).toMatchObject({ 1: "pending", 2: "completed" });
  expect(lines(file)).toEqual(["one", "end", "two"]);
});

const hang = (file: string) => `while [ ! -e ${file}-go ]; do sleep 0.05; done`;
const beside = (title: string, body: string, text = "") =>
  `${script(title, body)}\`\`\`yaml step\nneeds: []\nretry: { max-attempts: 1 }\n${text}\n\`\`\`\n`;

test.each([
  [
    "a group",
    "of-group",
    yaml("Held", "needs: []\ngroup: { sequence: true }") +
      script("First", hang("of-group"), "###") +
      script("Second", "echo second >> of-group", "###"),
  ],
  ["a repeat", "of-repeat", beside("Held", `echo x >> of-repeat; ${hang("of-repeat")}`, "repeat: { max: 2 }")],
  ["a for-each", "of-items", beside("Held", hang("of-items"), "for-each: [1, 2]\nmax-parallel: 1")],
])("it does not wait for %s that a pause holds back where another step has failed", async (_, file, held) => {
  const run = await project.start(
    held + beside("Work", `${hang(`${file}-bad`)}; exit 3`) + script("Finally", `echo end >> ${file}`),
  );
  await project.reportWhen(run, ({ steps }) =>
    steps.every(({ id, status }) => status === "running" || /second|finally/.test(id)),
  );
  await controlRun(project.connected, run, { action: "pause" });
  project.write(`${file}-go`, "");
  await expect.poll(() => project.history(run), { timeout: 20_000 }).toContain("activityTaskCompleted");
  project.write(`${file}-bad-go`, "");
  const report = await project.reportWhen(run, ({ closedAt }) => closedAt !== null);
  expect(report).toMatchObject({ status: "failed", error: { step: "work" } });
  expect(report.steps[0]?.status).toBe("cancelled");
  expect(lines(file).slice(-1)).toEqual(["end"]);
  expect(lines(file)).not.toContain("second");
});

test("a group that a pause holds back is given up where its time is over", async () => {
  const run = await project.start(
    yaml("Held", "timeout: 3s\ncontinue-on-error: true\ngroup: { sequence: true }") +
      script("First", hang("late"), "###") +
      script("Second", "true", "###"),
  );
  await project.reportWhen(run, ({ steps }) => steps[1]?.status === "running");
  await controlRun(project.connected, run, { action: "pause" });
  project.write("late-go", "");
  const report = await project.reportWhen(run, ({ steps }) => steps[0]?.closedAt !== null);
  expect(report.steps[0]).toMatchObject({ status: "failed", error: { code: "step/timeout" } });
  expect(report.steps[2]?.status).toBe("pending");
});

test("it cannot be paused", async () => {
  const run = await project.start(script("Work", "true") + finallySlowly("unpaused"));
  await expect.poll(() => lines("unpaused"), { timeout: 20_000, interval: 20 }).toEqual(["one"]);
  await expect(controlRun(project.connected, run, { action: "pause" })).rejects.toMatchObject({
    diagnostics: [{ code: "control/refused" }],
  });
  expect((await project.follow(run)).status).toBe("completed");
});
