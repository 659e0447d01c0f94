import { afterAll, beforeAll, expect, test } from "vitest";
import { followRun } from "../../src/client/follow-run.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { openStage, type Stage } from "../model/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ slots: 4000 });
});
afterAll(() => stage.close());

test("more steps than a server takes at once wait until others have ended", { timeout: 300_000 }, async () => {
  const items = 1500;
  const each = (title: string) =>
    `### ${title}\n\`\`\`bash run\n-\n\`\`\`\n\`\`\`yaml step\nfor-each: "\${{ inputs.list }}"\nmax-parallel: ${items}\neffect: read\n\`\`\`\n`;
  const bytes = `---\ninputs: { list: { type: array, required: true } }\n---\n## All\n\`\`\`yaml step\ngroup:\n\`\`\`\n${each("Left")}${each("Right")}`;
  const { plan } = compileWorkflow(
    { file: "many.md", bytes },
    { agents: {}, tools: {}, env: {}, readFile: () => undefined },
  );
  const run = await stage.start(plan as NonNullable<typeof plan>, {
    list: Array.from({ length: items }, (_, index) => index),
  });
  await expect.poll(() => stage.open(run).size, { timeout: 120_000 }).toBe(1001);
  const handle = stage.connected.client.workflow.getHandle(run);
  expect((await handle.describe()).raw.pendingActivities).toHaveLength(1001);
  const ending = setInterval(() => {
    for (const { settle } of stage.open(run).values()) settle(true);
  }, 50);
  try {
    const report = await followRun(stage.connected, run);
    expect(report.error).toBeNull();
    expect(report.steps.map(({ items }) => items?.completed)).toEqual([undefined, items, items]);
  } finally {
    clearInterval(ending);
  }
});
