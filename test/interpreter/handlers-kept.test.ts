// Steps that take over from a failed one, and wait while the run goes on in a new history.
import { afterAll, beforeAll, expect, test } from "vitest";
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
const script = (title: string, body: string, text = "effect: read\nretry: { max-attempts: 1 }", level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const bad = "effect: read\nretry: { max-attempts: 1 }\non-error: ";
const lines = (file: string) => project.read(file).split("\n").slice(0, -1);
const fill = (run: string) => fillHistory(project, run, EVENTS);
const statuses = ({ steps }: Awaited<ReturnType<typeof project.follow>>) =>
  Object.fromEntries(steps.map(({ id, status }) => [id, status]));

test("a handler that asks keeps its question; what comes after waits for it", async () => {
  const run = await project.start(
    script("Try", "echo try >> asks; exit 7", `${bad}sign_off`) +
      script("After", "echo after >> asks") +
      yaml("Sign off", "approval: { message: Go on? }"),
  );
  await project.follow(run, "waiting");
  await fill(run);
  const waiting = await project.reportWhen(
    run,
    ({ status, approvals }) => status === "waiting" && approvals.length > 0,
  );
  expect(waiting.approvals).toMatchObject([{ step: "try/sign_off", status: "pending" }]);
  expect(lines("asks")).toEqual(["try"]);
  await fill(run);
  await decide(project.connected, { run, decision: "approve", by: "ann" });
  const report = await project.follow(run);
  expect(report).toMatchObject({ status: "completed", error: null });
  expect(statuses(report)).toEqual({ try: "failed", after: "completed", sign_off: "completed" });
  expect(lines("asks")).toEqual(["try", "after"]);
});

test("the handler of the last step is not passed over, and where it fails the run does", async () => {
  const run = await project.start(
    script("Try", "exit 7", `${bad}sign_off`) + yaml("Sign off", "approval: { message: Go on? }"),
  );
  await project.follow(run, "waiting");
  await fill(run);
  await decide(project.connected, { run, decision: "reject", by: "ann" });
  expect(await project.follow(run)).toMatchObject({
    status: "failed",
    error: { code: "approval/rejected", step: "try/sign_off" },
  });
});

test("a handler of a handler, in a group in a loop: each item has its own, and nothing runs twice", async () => {
  const run = await project.start(
    yaml("Each", 'for-each: "${{ [1, 2] }}"\ngroup: { sequence: true }') +
      script("Try", 'echo "try $AIWORKFLOW_KEY" >> nested; exit 7', `${bad}mend`, "###") +
      script("Mend", "echo mend >> nested; exit 8", `${bad}hold`, "###") +
      yaml("Hold", "wait-for: { signal: go }", "###") +
      script("Then", "echo then >> nested", undefined, "###"),
  );
  await project.reportWhen(run, ({ status }) => status === "waiting");
  await fill(run);
  const handle = project.connected.client.workflow.getHandle(run);
  await handle.signal("go", {});
  await handle.signal("go", {});
  const report = await project.follow(run);
  expect(report).toMatchObject({ status: "completed", error: null });
  expect(lines("nested").filter((line) => line.startsWith("try"))).toHaveLength(2);
  expect(lines("nested").filter((line) => line === "mend")).toHaveLength(2);
  expect(lines("nested").filter((line) => line === "then")).toHaveLength(2);
});

test("a handler's timer goes on where it was, beside steps that fill the history", async () => {
  const run = await project.start(
    script("Try", "exit 7", `${bad}rest`) +
      script("Busy", 'echo "$i" >> busy', 'needs: []\nrepeat: { max: 40 }\nwith: { i: "${{ index }}" }\neffect: read') +
      yaml("End", 'needs: [try]\nset: { seen: "${{ steps.try.error.code }}" }') +
      yaml("Rest", "wait: 4s"),
  );
  const report = await project.follow(run);
  expect(report.error).toBeNull();
  expect(statuses(report)).toEqual({ try: "failed", busy: "completed", end: "completed", rest: "completed" });
  expect(report.steps.find(({ id }) => id === "end")?.output).toEqual({ seen: "script/exit" });
  const rest = report.steps.find(({ id }) => id === "rest");
  const restedMs = Date.parse(rest?.closedAt as string) - Date.parse(report.startedAt);
  expect(restedMs).toBeGreaterThanOrEqual(4000);
  expect(restedMs).toBeLessThan(8000);
  expect(await project.executions(run)).toBeGreaterThan(1);
});
