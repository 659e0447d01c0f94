// Expressions that fail only at run time: the step fails once, with the place of its source in the message.
import { afterAll, beforeAll, expect, test } from "vitest";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({});
});
afterAll(() => project.close());

const INPUTS = "---\ninputs: { any: { type: object, default: {} }, list: { type: array, default: [] } }\n---\n";
const yaml = (title: string, text: string) => `## ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const script = (title: string, body: string, text: string) =>
  `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const large = "head -c 9000 /dev/zero | tr '\\0' x";

test.each([
  ["a condition", "expression/failed", INPUTS + script("Bad", "true", 'if: "inputs.any.nothing.more == 1"')],
  ["a value", "expression/failed", INPUTS + yaml("Bad", 'set: { a: "${{ inputs.any.nothing.more }}" }')],
  [
    "an expression over a value in the store",
    "expression/failed",
    script("Make", large, "effect: read") + yaml("Bad", 'set: { a: "${{ int(steps.make.output) }}" }'),
  ],
  [
    "an input of a script over a value in the store",
    "expression/failed",
    script("Make", large, "effect: read") +
      script("Bad", "true", 'with: { a: "${{ int(steps.make.output) }}" }\nretry: { max-attempts: 3 }'),
  ],
  [
    "too many rounds of a list",
    "expression/too-large",
    INPUTS + yaml("Bad", 'set: { a: "${{ inputs.list.map(x, inputs.list.map(y, 1)).size() }}" }'),
  ],
])("%s", async (what, code, markdown) => {
  const list = Array.from({ length: 2000 }, (_, index) => index);
  const report = await project.run(markdown, markdown.startsWith(INPUTS) ? { inputs: { list } } : {});
  const line = markdown.split("\n").indexOf("## Bad") + 1;
  const bad = report.steps.find(({ id }) => id === "bad");
  expect([what, report.error?.code]).toEqual([what, code]);
  expect(bad).toMatchObject({ status: "failed", attempts: 1, source: { line } });
  expect(bad?.error?.message).toContain(`.md:${line}: `);
  expect(report.error?.message).toContain(`.md:${line}: `);
});
