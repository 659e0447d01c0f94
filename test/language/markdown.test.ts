// What is a step, a block that acts and a comment is what CommonMark says; what looks like one and is none is told.
import { describe, expect, test } from "vitest";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { createBlockReader } from "../../src/language/parse/block-reader.ts";
import type { Step } from "../../src/plan/step.ts";
import { projectWithAgent } from "./project-with-agent.ts";
import { spentMs } from "./spent-ms.ts";

const compile = (...lines: readonly string[]) =>
  compileWorkflow({ file: "w.md", bytes: `${lines.join("\n")}\n` }, projectWithAgent);
const stepsOf = (...lines: readonly string[]): readonly Step[] => {
  const { plan, diagnostics } = compile(...lines);
  expect(diagnostics).toEqual([]);
  return plan?.steps ?? [];
};
const complaintsOf = (...lines: readonly string[]) =>
  compile(...lines).diagnostics.map(({ code, span }) => `${code} ${span?.line}:${span?.column}`);
const promptOf = (step: Step | undefined) => (step as { readonly prompt?: unknown } | undefined)?.prompt;
const block = (...yaml: readonly string[]) => ["```yaml step", ...yaml, "```"];
const script = ["```bash run", "echo hi", "```"];

describe("headings below a step are its own text unless it is a group", () => {
  test("a key of that name further in makes no group", () => {
    const [sort] = stepsOf(
      "## Sort",
      ...block("output:", "  group: string"),
      "Sort the mail.",
      "### Rules",
      "No spam.",
      "### Tone",
      "Be brief.",
    );
    expect(promptOf(sort)).toBe("Sort the mail.\n### Rules\nNo spam.\n### Tone\nBe brief.");
    const [flow] = stepsOf(
      "## Pick",
      ...block("output: { team: string, group: string }"),
      "Pick.",
      "### Teams",
      "All.",
    );
    expect(promptOf(flow)).toBe("Pick.\n### Teams\nAll.");
  });

  test("a block below such a heading is not lost", () => {
    expect(
      complaintsOf("## A", ...block("with: { group: admins }"), ...script, "### Then", "```bash run", "rm x", "```"),
    ).toEqual(["step/two-actions 9:4"]);
    expect(
      complaintsOf("## A", "Do it.", ...block("# the group: of it", "output: string"), "### B", ...script),
    ).toEqual([]);
  });

  test.each(["group:", "group: { join: all }", '"group": {}', "{ id: all, group: {} }", "id: all\ngroup: {}"])(
    "%j is one",
    (yaml) => {
      const [all] = stepsOf("## All", ...block(yaml), "### One", "Do it.", "#### Detail", "More.", "### Two", "Do it.");
      expect(all).toMatchObject({ kind: "group", steps: [{ id: "one" }, { id: "two" }] });
    },
  );

  test("a group with a fault in its block keeps its steps", () => {
    const complaints = complaintsOf("## All", ...block("group: {", "id: 1"), "### One", "A.", "### One", "B.");
    expect(complaints).toEqual(expect.arrayContaining(["yaml/syntax 4:1", "step/duplicate-id 8:1"]));
  });

  test("a heading too deep for the group above it is told", () => {
    expect(complaintsOf("## All", ...block("group:"), "#### Deep", "A.", "### One", "B.")).toEqual([
      "step/lost-heading 5:1",
    ]);
  });
});

describe("what stands in a list or a quote never acts", () => {
  test.each([
    ["in an item", ["- run it:", "  ```bash run", "  rm -rf build", "  ```"], "4:3"],
    ["behind an empty line of an item", ["1. run it:", "", "   ```bash run", "   rm", "   ```"], "5:4"],
    ["in an item of an item", ["- a", "  - b", "    ```bash run", "    rm", "    ```"], "5:5"],
    ["in a quote", ["> ```yaml step", "> wait: 1s", "> ```"], "3:1"],
    ["in an item of a quote", ["> - ```bash run", ">   rm", ">   ```"], "3:1"],
    ["behind a tab", ["", "\t```bash run", "\trm", "\t```"], "4:2"],
    ["on as a paragraph", ["    ```bash run", "    rm", "    ```"], "3:5"],
    ["in HTML", ["<details>", "```bash run", "rm", "```", "</details>"], "4:1"],
    ["in HTML that empty lines do not end", ["<pre>", "", "```bash run", "rm", "```", "</pre>"], "5:1"],
  ])("a block %s", (_, lines, place) => {
    const { plan, diagnostics } = compile("## A", "Do it.", ...lines);
    expect(diagnostics.map(({ code, span }) => `${code} ${span?.line}:${span?.column}`)).toEqual([
      `step/nested-block ${place}`,
    ]);
    expect(plan).toBeUndefined();
  });

  test("a block that is not marked is shown there, whatever it holds", () => {
    const lines = ["- like so:", "  ```", "  ## not a step", "  <!-- shown -->", "", "  ```", "- then"];
    const [first, ...others] = stepsOf("## A", ...lines);
    expect(promptOf(first)).toBe(lines.join("\n"));
    expect(others).toEqual([]);
  });

  test("a heading in a list is no step, and told", () => {
    const lines = ["- first", "  ## Inner", "  text", "- second"];
    const { plan, diagnostics } = compile("## A", ...lines);
    expect(diagnostics).toMatchObject([{ code: "step/lost-heading", span: { line: 3, column: 3 } }]);
    expect(plan?.steps).toMatchObject([{ id: "a", prompt: lines.join("\n") }]);
    expect(stepsOf("## A", "- first", "## B", "Do it.")).toMatchObject([{ id: "a" }, { id: "b" }]);
  });

  test("a block at the left margin ends list and quote, and acts", () => {
    expect(stepsOf("## A", "- first", ...script, "## B", "> quoted", ...script)).toMatchObject([
      { kind: "script", body: "echo hi" },
      { kind: "script", body: "echo hi" },
    ]);
  });
});

describe("comments", () => {
  test("leave what is around them", () => {
    const [first] = stepsOf(
      "## A",
      "Write a poem.",
      "<!-- tone --> Be kind.",
      "<!-- one --> <!-- two -->",
      "<!--",
      "## Hidden",
      "```bash run",
      "-->  And short.",
      "- <!-- why --> rhyme",
      "No `<!-- x` in it.",
    );
    expect(promptOf(first)).toBe("Write a poem.\nBe kind.\nAnd short.\n- rhyme\nNo `<!-- x` in it.");
  });

  test("that begin too far to the right are code, or text", () => {
    const [first, second] = stepsOf("## A", "Write:", "", "    <!-- an example", "", "Then stop.", "## B", "Do it.");
    expect(promptOf(first)).toBe("Write:\n\n    <!-- an example\n\nThen stop.");
    expect(second).toMatchObject({ id: "b" });
  });

  test.each([
    ["at the end of the file", ["<!-- draft:", "## B", ...script], "3:1"],
    ["with its list", ["- <!-- draft", "", "## B", "Do it."], "3:3"],
    ["behind another one", ["<!-- a --> <!-- b", "-->"], "3:12"],
  ])("that are not closed %s are refused", (_, lines, place) => {
    expect(complaintsOf("## A", "Do it.", ...lines)).toEqual([`step/unclosed-comment ${place}`]);
  });

  test("leave expressions at their places", () => {
    expect(complaintsOf("## A", "<!-- x --> Hello ${{ inputs.x }}.")).toEqual(["expression/unknown-name 2:29"]);
  });
});

describe("headings that are none", () => {
  test.each([
    ["without a space", ["## A", "Do it.", "##B", "Do it."], "step/lost-heading 3:1"],
    [
      "behind the `#` that ends the steps",
      ["## A", "Do it.", "# Notes", "## B", "x", "## C", "x"],
      "step/lost-heading 4:1",
    ],
    ["in HTML", ["## A", "Do it.", "<details>", "## B", "</details>"], "step/lost-heading 4:1"],
    ["with dashes", ["## A", "Do it.", "-"], "step/setext-heading 2:1"],
    ["with equals signs", ["## A", "", "Notes", "==="], "step/setext-heading 3:1"],
  ])("%s are told", (_, lines, complaint) => {
    const { plan, diagnostics } = compile(...lines);
    expect(diagnostics.map(({ code, span }) => `${code} ${span?.line}:${span?.column}`)).toEqual([complaint]);
    expect(plan?.steps).toHaveLength(1);
  });

  test("the hint for a missing space is the line to write", () => {
    expect(compile("## A", "Do it.", "##B b").diagnostics[0]?.hint).toBe("write `## B b`");
  });

  test("two `#` before the first `##` are named, not the missing of a `##`", () => {
    const { diagnostics } = compile("# Title", "# Second", "## A", "Do it.");
    expect(diagnostics).toMatchObject([
      { code: "workflow/no-steps", span: { line: 2 }, message: expect.stringContaining("second `#`") },
    ]);
  });

  test("a title may be underlined, and a heading may hold any character", () => {
    expect(stepsOf("Title", "=====", "", "## A\u2028b ##", "Do it.")).toMatchObject([{ id: "a_b" }]);
  });
});

/** Examples of the specification of CommonMark, and what stands at the beginning of each line. */
const BLOCKS: readonly (readonly [text: string, kinds: string])[] = [
  ["\tfoo\n    bar", "code code"],
  ["text\n    # foo", "text text"],
  ["# foo #\n####### x\n#5\n#", "heading text text heading"],
  ["Foo\nbar\n===\n> Foo\n---", "text text underline text text"],
  ["- Foo\n---\n- - -", "text text text"],
  ["```\n<\n~~~\n```` x\n``` ", "fence-start fence-body fence-body fence-body fence-end"],
  ["``` a`b\n~~~ a`b\n    ~~~\n~~~~", "text fence-start fence-body fence-end"],
  ["> ```\n> a\n\nb", "fence-start fence-body text text"],
  ["<div>\n# a\n\n# b", "html html text heading"],
  ["text\n<b>\n<div>", "text text html"],
  ["<pre>\n\n# a\n</pre>\n# b", "html html html html heading"],
  ["<!-- a\n\n# b -->\n# c", "comment comment comment heading"],
  ["<?a\n\n?>\n<!A\n>\n<![CDATA[\n]]>\n# b", "html html html html html html html heading"],
  ["-   a\n\n        ```\n   # b", "text text code heading"],
  ["10) a\n    # b\n   # c", "text heading heading"],
  ["text\n2. a\n1. # b", "text text heading"],
  ["-\n  # a\n-\n\n  # b", "text heading text text heading"],
  ["> a\n    b\n> > c\nd\n\n    e", "text text text text text code"],
  ["-\ta\n\n\t# b\n >\t\tc", "text text heading code"],
];

test.each(BLOCKS)("%j is %s", (text, kinds) => {
  const read = createBlockReader();
  const found = text.split("\n").map((line) => read(line).kind);
  expect(found.join(" ")).toBe(kinds);
});

test.each([
  ["quotes in one another", `${"> ".repeat(100_000)}\n`.repeat(2) + "\n".repeat(50_000)],
  ["items in one another", `${"- ".repeat(100_000)}\n${"\n".repeat(200_000)}`],
  ["spaces", `- ${" ".repeat(200_000)}x\n`.repeat(4)],
  ["dashes", `${"- ".repeat(100_000)}x\n`.repeat(4)],
  ["attributes", `<a${" b='c".repeat(100_000)}\n`.repeat(2)],
  ["comments", `${"<!---->".repeat(50_000)}\n`.repeat(2)],
  ["lines", "a\n".repeat(100_000)],
])("many %s take time that grows with their number", (_, text) => {
  expect(spentMs(() => compile(`## A\n${text}`))).toBeLessThan(3000);
});
