import { afterAll, beforeAll, expect, test } from "vitest";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

/** A step that makes the list 0, 1, … count - 1. */
const list = (count: number) =>
  `## List\n\`\`\`bash run\nseq 0 ${count - 1} | paste -sd, | sed 's/.*/[&]/'\n\`\`\`\n\`\`\`yaml step\neffect: read\noutput: { type: array, items: integer }\n\`\`\`\n`;

test("twenty thousand items run in parts; the results stand in order and can be computed with", async () => {
  const report = await project.run(
    `---\noutputs: { last: "\${{ steps.each.output[19999].twice }}", count: "\${{ steps.each.output.size() }}" }\n---\n${list(20_000)}## Each\n\`\`\`yaml step\nfor-each: steps.list.output\nset: { twice: "\${{ item * 2 }}", at: "\${{ index }}" }\n\`\`\`\n`,
  );
  expect(report.error).toBeNull();
  expect(report.outputs).toEqual({ last: 39_998, count: 20_000 });
  expect(report.steps[1]).toMatchObject({ items: { completed: 20_000, failed: 0, total: 20_000 } });
}, 120_000);
