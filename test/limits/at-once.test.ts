import { afterAll, beforeAll, expect, test } from "vitest";
import { followRun } from "../../src/client/follow-run.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { openScriptedStage, type ScriptedStage } from "../model/stage.ts";

let stage: ScriptedStage;
beforeAll(async () => {
  stage = await openScriptedStage({ slots: 20 });
});
afterAll(() => stage.close());

const compile = (bytes: string) =>
  compileWorkflow({ file: "many.md", bytes }, { agents: {}, tools: {}, env: {}, readFile: () => undefined })
    .plan as Plan;
const numbers = (length: number) => Array.from({ length }, (_, index) => index);

/** Ends well whatever is under way in a run, until it has ended; not what `fails` names. */
async function endAll(run: string, fails?: string): Promise<RunReport> {
  const ending = setInterval(() => {
    for (const { path, settle } of stage.open(run).values()) settle(path !== fails);
  }, 10);
  try {
    return await followRun(stage.connected, run, { signal: AbortSignal.timeout(300_000) });
  } finally {
    clearInterval(ending);
  }
}

test("more steps than a server takes at once wait until others have ended", { timeout: 400_000 }, async () => {
  // A longer loop would run in parts.
  const [loops, items] = [3, 500];
  const each = (title: string) =>
    `### ${title}\n\`\`\`bash run\n-\n\`\`\`\n\`\`\`yaml step\nfor-each: "\${{ inputs.list }}"\nmax-parallel: ${items}\neffect: read\n\`\`\`\n`;
  const run = await stage.start(
    compile(
      `---\ninputs: { list: { type: array, required: true } }\n---\n## All\n\`\`\`yaml step\ngroup:\n\`\`\`\n${numbers(
        loops,
      )
        .map((index) => each(`Loop ${index}`))
        .join("")}`,
    ),
    { list: numbers(items) },
  );
  const handle = stage.connected.client.workflow.getHandle(run);
  const pending = async () => (await handle.describe()).raw.pendingActivities?.length ?? 0;
  await expect.poll(pending, { timeout: 200_000 }).toBe(1000);
  const report = await endAll(run);
  expect(report.error).toBeNull();
  expect(report.steps.map(({ items }) => items?.completed)).toEqual([undefined, items, items, items]);
});

test("more undos than a server takes at once wait until others have ended", { timeout: 400_000 }, async () => {
  const [loops, items] = [3, 340];
  const each = (title: string) =>
    `### ${title}\n\`\`\`bash run\n-\n\`\`\`\n\`\`\`yaml step\nfor-each: "\${{ inputs.list }}"\nmax-parallel: ${items}\nundo: { run: "-" }\n\`\`\`\n`;
  const run = await stage.start(
    compile(
      `---\non-failure: rollback\ninputs: { list: { type: array, required: true } }\n---\n## All\n\`\`\`yaml step\ngroup:\n\`\`\`\n${numbers(
        loops,
      )
        .map((index) => each(`Loop ${index}`))
        .join("")}## End\n\`\`\`bash run\n-\n\`\`\`\n\`\`\`yaml step\nretry: { max-attempts: 1 }\nundo: none\n\`\`\`\n`,
    ),
    { list: numbers(items) },
  );
  const report = await endAll(run, "end");
  expect(report).toMatchObject({ status: "compensated", unfinished: [] });
  expect(report.steps.map(({ undo }) => undo?.length)).toEqual([0, items, items, items, 0]);
});
