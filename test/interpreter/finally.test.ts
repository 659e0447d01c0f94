import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
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
