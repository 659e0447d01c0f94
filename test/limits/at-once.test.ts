import { afterAll, beforeAll, expect, test } from "vitest";
import { followRun } from "../../src/client/follow-run.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { openScriptedStage, type ScriptedStage } from "../model/stage.ts";

let stage: ScriptedStage;
beforeAll(async () => {
  stage = await openScriptedStage({ slots: 20 });
});
afterAll(() => stage.close());

const LOOPS = 3;

/** Of every loop, of the front matter, and of a step after the loops. */
interface LoopOptions {
  readonly yaml: string;
  readonly front?: string;
  readonly after?: string;
}

/** Loops side by side, each with all its items at once; a longer list would run in parts. */
async function startLoops(items: number, { yaml, front = "", after = "" }: LoopOptions) {
  const step = (title: string, own: string) => `${title}\n\`\`\`bash run\n-\n\`\`\`\n\`\`\`yaml step\n${own}\n\`\`\`\n`;
  const each = `for-each: "\${{ inputs.list }}"\nmax-parallel: ${items}\n${yaml}`;
  const loops = Array.from({ length: LOOPS }, (_, index) => step(`### Loop ${index}`, each)).join("");
  const bytes = `---\n${front}inputs: { list: { type: array, required: true } }\n---\n## All\n\`\`\`yaml step\ngroup:\n\`\`\`\n${loops}${after && step("## End", after)}`;
  const { plan } = compileWorkflow(
    { file: "many.md", bytes },
    { agents: {}, tools: {}, env: {}, readFile: () => undefined },
  );
  return stage.start(plan as NonNullable<typeof plan>, { list: Array.from({ length: items }, (_, index) => index) });
}

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
  const items = 500;
  const run = await startLoops(items, { yaml: "effect: read" });
  const handle = stage.connected.client.workflow.getHandle(run);
  const pending = async () => (await handle.describe()).raw.pendingActivities?.length ?? 0;
  await expect.poll(pending, { timeout: 200_000 }).toBe(1000);
  const report = await endAll(run);
  expect(report.error).toBeNull();
  expect(report.steps.map((step) => step.items?.completed)).toEqual([undefined, items, items, items]);
});

test("more undos than a server takes at once wait until others have ended", { timeout: 400_000 }, async () => {
  const items = 340;
  const run = await startLoops(items, {
    front: "on-failure: rollback\n",
    yaml: 'undo: { run: "-" }',
    after: "retry: { max-attempts: 1 }\nundo: none",
  });
  const report = await endAll(run, "end");
  expect(report).toMatchObject({ status: "compensated", unfinished: [] });
  expect(report.steps.map(({ undo }) => undo?.length)).toEqual([undefined, items, items, items, undefined]);
});
