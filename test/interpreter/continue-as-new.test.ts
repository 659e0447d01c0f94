import { afterAll, beforeAll, expect, test } from "vitest";
import { openProject, type TestProject } from "./open-project.ts";

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
