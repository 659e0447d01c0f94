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
    if (stepId === "lost")
      throw ApplicationFailure.create({ type: "step/outcome-unknown", message: "nobody knows", nonRetryable: true });
    if (stepId !== "slow") return { output: activityInfo().activityId, attempts: 1 };
    const beating = setInterval(() => Context.current().heartbeat(), 50);
    await Context.current().cancelled.catch(() => clearInterval(beating));
    throw ApplicationFailure.create({ type: "worker/died", message: "the worker died", nonRetryable: true });
  };
  stage = await openStage(() => ({ perform, cachedRuns: Number(process.env["AIWORKFLOW_CACHED_RUNS"] ?? 100) }));
});
afterAll(() => stage.close());

const script = (title: string) => `### ${title}\n\`\`\`bash run\n-\n\`\`\`\n`;

/** Runs the text, and gives its report. */
async function follow(run: string, bytes: string) {
  const { plan } = compileWorkflow(
    { file: "w.md", bytes },
    { agents: {}, tools: {}, env: {}, readFile: () => undefined },
  );
  await stage.launch(run, plan as NonNullable<typeof plan>);
  return followRun(stage.connected, run);
}

test("a step in an item of a loop of which nobody knows, beside items that end well", async () => {
  const each = "for-each: [1, 2, 3]\nmax-parallel: 1\non-item-error: stop\ngroup:";
  const lost = `### Lost\n\`\`\`bash run\n-\n\`\`\`\n\`\`\`yaml step\nif: item == 2\n\`\`\`\n`;
  expect(await follow("items", `## Each\n\`\`\`yaml step\n${each}\n\`\`\`\n${lost}`)).toMatchObject({
    status: "outcome-unknown",
    unfinished: [{ step: "each.lost", code: "step/outcome-unknown" }],
    steps: [{ status: "outcome-unknown" }, { status: "outcome-unknown", items: { failed: 1, unknown: 1 } }],
  });
});

test.each([
  ["join any", "group: { join: any }", script("Quick")],
  ["a time limit that may pass", "group:\ntimeout: 500ms\ncontinue-on-error: true", ""],
])("a step that dies while it is being cancelled: %s", async (name, group, others) => {
  const run = name.replaceAll(" ", "-");
  const bytes = `## Race\n\`\`\`yaml step\n${group}\n\`\`\`\n${others}${script("Slow")}`;
  expect(await follow(run, bytes)).toMatchObject({
    status: "outcome-unknown",
    error: { code: "step/outcome-unknown", step: "race.slow" },
    unfinished: [{ step: "race.slow", code: "step/outcome-unknown" }],
  });
});
