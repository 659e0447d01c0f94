import { afterAll, beforeAll, expect, test } from "vitest";
import { mostAtOnce } from "./most-at-once.ts";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

/** A step that runs for each of `items`, with a script as its body. */
const forEach = (items: string, body: string, more = "") =>
  `## Each\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\nfor-each: ${items}\nwith: { item: "\${{ item }}", index: "\${{ index }}" }\n${more || "effect: read"}\n\`\`\`\n`;

test("results stand in the order of the items, whatever order they end in", async () => {
  const report = await project.run(
    forEach('"${{ [3, 1, 2] }}"', 'sleep 0.$item; echo "$item$index"', "max-parallel: 3\neffect: read"),
  );
  expect(report.error).toBeNull();
  expect(report.steps[0]).toMatchObject({
    output: [30, 11, 22],
    items: { completed: 3, failed: 0, total: 3 },
  });
});

test("never more than max-parallel items are under way; ten by default", async () => {
  const body = 'echo "+" >> FILE; sleep 0.1; echo "-" >> FILE';
  await project.run(
    forEach('"${{ [1, 2, 3, 4, 5, 6] }}"', body.replaceAll("FILE", "two"), "max-parallel: 2\neffect: read"),
  );
  const dozen = '"${{ [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }}"';
  await project.run(forEach(dozen, body.replaceAll("FILE", "ten").replaceAll("0.1", "0.5")));
  expect(mostAtOnce(project.read("two"))).toBe(2);
  expect(mostAtOnce(project.read("ten"))).toBe(10);
});

test("items that are written out may hold expressions, as a whole and in text", async () => {
  const report = await project.run(
    `---\ninputs: { x: { type: string, default: hi } }\n---\n## Each\n\`\`\`yaml step\nfor-each: [a, "\${{ inputs.x }}", { n: "\${{ inputs.x }} you" }]\nset: { v: "\${{ item }}" }\n\`\`\`\n`,
  );
  expect(report.error).toBeNull();
  expect(report.steps[0]?.output).toEqual([{ v: "a" }, { v: "hi" }, { v: { n: "hi you" } }]);
});

test("no items make an empty list", async () => {
  const report = await project.run(forEach('"${{ [] }}"', "echo never"));
  expect(report.steps[0]).toMatchObject({ status: "completed", output: [] });
});

test("on-item-error: stop fails the step at the first failure; items that have not begun never begin", async () => {
  const report = await project.run(
    forEach(
      '"${{ [1, 2, 3, 4] }}"',
      'echo $item >> begun; [ $item != 2 ] || { echo "no two" >&2; exit 9; }',
      "on-item-error: stop\nmax-parallel: 1\neffect: at-most-once",
    ),
  );
  expect(report).toMatchObject({ status: "failed", error: { code: "script/exit", step: "each" } });
  expect(project.read("begun")).toBe("1\n2\n");
  expect(report.error?.message).toBe("item 1: exited with 9: no two");
  expect(report.steps[0]?.items).toEqual({ completed: 1, failed: 0, total: 4 });
});

test("on-item-error: continue keeps the failures in the list, and the step completes", async () => {
  const report = await project.run(
    forEach(
      '"${{ [1, 2, 3] }}"',
      "[ $item != 2 ] || exit 9; echo $item",
      "on-item-error: continue\neffect: read\nretry: { max-attempts: 1 }",
    ),
  );
  expect(report.status).toBe("completed");
  expect(report.steps[0]).toMatchObject({
    output: [1, { error: { code: "script/exit" } }, 3],
    items: { completed: 2, failed: 1, total: 3 },
  });
});

test("on-item-error: finish, the default, runs every item, then fails the step", async () => {
  const report = await project.run(
    forEach('"${{ [1, 2, 3] }}"', "[ $item != 2 ] || exit 9; echo $item", "effect: read\nretry: { max-attempts: 1 }"),
  );
  expect(report).toMatchObject({ status: "failed", error: { code: "for-each/items-failed", step: "each" } });
  expect(report.error?.details).toMatchObject({ failed: [1], results: [1, { error: { code: "script/exit" } }, 3] });
});

test("the loop's variable has the name that `as` gives it", async () => {
  const report = await project.run(
    '## Each\n```yaml step\nfor-each: "${{ [1, 2] }}"\nas: number\nset: { twice: "${{ number * 2 }}", at: "${{ index }}" }\n```\n',
  );
  expect(report.steps[0]?.output).toEqual([
    { twice: 2, at: 0 },
    { twice: 4, at: 1 },
  ]);
});

test("something else than a list, and too long a list, fail the step with what is wrong", async () => {
  const plain = await project.run(
    '---\ninputs: { list: object }\n---\n## Make\n```yaml step\nset: { list: "${{ inputs.list.x }}" }\n```\n## Each\n```yaml step\nfor-each: steps.make.output.list\nset: { a: 1 }\n```\n',
    { inputs: { list: { x: 3 } } },
  );
  expect(plain.error).toMatchObject({ code: "for-each/not-a-list", step: "each" });
  const long = await project.run(
    '## Make\n```bash run\nnode -e "console.log(JSON.stringify(Array.from({length: 100001}, (_, i) => i)))"\n```\n```yaml step\neffect: read\noutput: { type: array, items: integer }\n```\n## Each\n```yaml step\nfor-each: steps.make.output\nset: { a: "${{ item }}" }\n```\n',
  );
  expect(long.error).toMatchObject({ code: "for-each/too-many-items", step: "each" });
});

test.each(["finish", "continue"])(
  "an item of which nobody knows ends the run so, with on-item-error: %s too, and says which; none begins after it",
  async (onItemError) => {
    const report = await project.run(
      `${forEach(
        "[1, 2, 3]",
        `[ $item != 2 ] || sleep 30; echo $item >> known-${onItemError}`,
        `on-item-error: ${onItemError}\ntimeout: 1s\nmax-parallel: 1`,
      )}## After\n\`\`\`bash run\ntouch after-${onItemError}\n\`\`\`\n`,
    );
    expect(report).toMatchObject({ status: "outcome-unknown", error: { code: "step/outcome-unknown" } });
    expect(report.steps.map(({ status }) => status)).toEqual(["outcome-unknown", "pending"]);
    expect(report.error?.message).toMatch(/^item 1: timed out/);
    expect(report.unfinished).toMatchObject([{ step: "each", why: expect.stringMatching(/^item 1: /) }]);
    expect(project.read(`known-${onItemError}`)).toBe("1\n");
  },
);
