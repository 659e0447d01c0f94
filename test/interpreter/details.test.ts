import { afterAll, beforeAll, expect, test } from "vitest";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

const detailsOf = async (run: string) => {
  const metadata = await project.connected.client.workflow
    .getHandle(run)
    .query<{ readonly currentDetails: string }>("__temporal_workflow_metadata");
  return metadata.currentDetails.split("\n\n");
};

test("the current details are a checklist of where each step stands when they are asked for", async () => {
  const run = await project.start(
    "## First\n```bash run\necho 1\n```\n## Gate\n```yaml step\napproval: { message: Go? }\n```\n## Last\n```bash run\nexit 3\n```\n",
  );
  await project.follow(run, "waiting");
  const waiting = ["**waiting**", "✔ **First** completed", "⏸ **Gate** waiting", "○ **Last**"];
  expect((await detailsOf(run)).slice(0, 4)).toEqual(waiting);
  await project.connected.client.workflow.getHandle(run).signal("approve", { by: "ann" });
  await project.follow(run);
  const ended = ["**failed**", "✔ **First** completed", "✔ **Gate** completed", "✘ **Last** failed: `script/exit`"];
  expect((await detailsOf(run)).slice(0, 4)).toEqual(ended);
});
