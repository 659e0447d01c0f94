import { expect, test } from "vitest";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { projectWithAgent } from "./project-with-agent.ts";

test.each([
  ["Step 2: Count words", "count_words"],
  ["step 10 - Count words", "count_words"],
  ["3. Count words", "count_words"],
  ["Steps 2 and 3", "steps_2_and_3"],
  ["*Count* `words` ##", "count_words"],
  ["Größe zählen", "grosse_zahlen"],
  ["2 words", "_2_words"],
])("the heading %j gives the id %s", (heading, id) => {
  const { plan, diagnostics } = compileWorkflow({ file: "w.md", bytes: `## ${heading}\nCount.\n` }, projectWithAgent);
  expect(diagnostics).toEqual([]);
  expect(plan?.steps.map((step) => step.id)).toEqual([id]);
});
