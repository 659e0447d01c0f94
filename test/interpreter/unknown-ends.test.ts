// What nobody knows stays said, whatever else has come to an end meanwhile.
import { activityInfo, ApplicationFailure, Context } from "@temporalio/activity";
import { afterAll, beforeAll, expect, test } from "vitest";
import { followRun } from "../../src/client/follow-run.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import type { ActivityCall } from "../../src/plan/activity.ts";
import { openStage, type Stage } from "./open-stage.ts";

let stage: Stage;
beforeAll(async () => {
  // `slow` ends with its worker while it is being cancelled.
  const perform = async ({ stepId }: ActivityCall) => {
    if (stepId !== "slow") return { output: activityInfo().activityId, attempts: 1 };
    const beating = setInterval(() => Context.current().heartbeat(), 50);
    await Context.current().cancelled.catch(() => clearInterval(beating));
    throw ApplicationFailure.create({ type: "worker/died", message: "the worker died", nonRetryable: true });
  };
  stage = await openStage(() => ({ perform, cachedRuns: Number(process.env["AIWORKFLOW_CACHED_RUNS"] ?? 100) }));
});
afterAll(() => stage.close());

const script = (title: string) => `### ${title}\n\`\`\`bash run\n-\n\`\`\`\n`;

test.each([
  ["join any", "group: { join: any }", script("Quick")],
  ["a time limit that may pass", "group:\ntimeout: 500ms\ncontinue-on-error: true", ""],
])("a step that dies while it is being cancelled: %s", async (name, group, others) => {
  const run = name.replaceAll(" ", "-");
  const bytes = `## Race\n\`\`\`yaml step\n${group}\n\`\`\`\n${others}${script("Slow")}`;
  const { plan } = compileWorkflow(
    { file: "race.md", bytes },
    { agents: {}, tools: {}, env: {}, readFile: () => undefined },
  );
  await stage.launch(run, plan as NonNullable<typeof plan>);
  expect(await followRun(stage.connected, run)).toMatchObject({
    status: "outcome-unknown",
    error: { code: "step/outcome-unknown", step: "race.slow" },
    unfinished: [{ step: "race.slow", code: "step/outcome-unknown" }],
  });
});
