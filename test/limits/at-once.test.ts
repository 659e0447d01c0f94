import { afterAll, beforeAll, expect, test } from "vitest";
import { followRun } from "../../src/client/follow-run.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { openScriptedStage, type ScriptedStage } from "../model/stage.ts";

let stage: ScriptedStage;
beforeAll(async () => {
  stage = await openScriptedStage({ slots: 20 });
});
afterAll(() => stage.close());

test("more steps than a server takes at once wait until others have ended", { timeout: 400_000 }, async () => {
  // A longer loop would run in parts.
  const [loops, items] = [3, 500];
  const each = (title: string) =>
    `### ${title}\n\`\`\`bash run\n-\n\`\`\`\n\`\`\`yaml step\nfor-each: "\${{ inputs.list }}"\nmax-parallel: ${items}\neffect: read\n\`\`\`\n`;
  const bytes = `---\ninputs: { list: { type: array, required: true } }\n---\n## All\n\`\`\`yaml step\ngroup:\n\`\`\`\n${Array.from({ length: loops }, (_, index) => each(`Loop ${index}`)).join("")}`;
  const { plan } = compileWorkflow(
    { file: "many.md", bytes },
    { agents: {}, tools: {}, env: {}, readFile: () => undefined },
  );
  const run = await stage.start(plan as NonNullable<typeof plan>, {
    list: Array.from({ length: items }, (_, index) => index),
  });
  const handle = stage.connected.client.workflow.getHandle(run);
  const pending = async () => (await handle.describe()).raw.pendingActivities?.length ?? 0;
  await expect.poll(pending, { timeout: 200_000 }).toBe(1000);
  const ending = setInterval(() => {
    for (const { settle } of stage.open(run).values()) settle(true);
  }, 10);
  try {
    const report = await followRun(stage.connected, run);
    expect(report.error).toBeNull();
    expect(report.steps.map(({ items }) => items?.completed)).toEqual([undefined, items, items, items]);
  } finally {
    clearInterval(ending);
  }
});
