// `graph` and `plan --diff`: what a file says, seen without running it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../command-line.ts";

const yaml = (title: string, text: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const script = (title: string, body: string, text: string, level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${text}\n\`\`\`\n`;

const drawn = [
  script("Fetch", "true", "on-error: rescue"),
  yaml("Rescue", "set: { a: 1 }"),
  yaml("Both", "group: { join: any }"),
  script("Left", "true", "for-each: [1, 2]\nmax-parallel: 2", "###"),
  yaml("Right", "wait: 1h", "###"),
  script("Side", "true", "needs: [fetch]\nundo: { run: 'true' }"),
  yaml('Say "yes"', "if: 1 < 2\nneeds: [both, side]\napproval: { message: Go? }"),
  yaml("Finally", "set: { b: 2 }"),
].join("");

const named = (type: string, word: string, told: string) =>
  `---\nname: n\ninputs: { description: ${type}, source: ${type} }\nlabels: { source: ${word} }\noutputs: { steps: "\${{ steps.${word}.output }}" }\n---\n` +
  yaml("A", "set: { x: 1 }") +
  yaml("B", "set: { x: 1 }") +
  yaml("Q", `ask: { message: Say, fields: { digest: { type: string, description: ${told}, max: ${told.length} } } }`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-plans-"));
  const files: Readonly<Record<string, string>> = {
    "aiworkflow.yaml": "",
    "drawn.md": drawn,
    "child.md": yaml("Kid", "set: { a: 1 }"),
    "other-child.md": `---\nname: child\n---\n${yaml("Kid", "set: { a: 2 }")}`,
    "old.md": `---\nname: same\npriority: 2\n---\nProse.\n\n${script("A", "echo a", "with: { description: old, file: x }")}${yaml("Gone", "set: { a: 1 }")}${yaml("Call", "workflow: child.md")}`,
    "moved.md": `---\nname: same\npriority: 2\n---\nOther prose, and more of it.\n\n\n${script("A", "echo a", "with: { description: old, file: x }").replace("```bash", "What it is for.\n\n```bash")}${yaml("Gone", "set: { a: 1 }")}${yaml("Call", "workflow: child.md")}`,
    "named.md": named("string", "a", "low"),
    "renamed.md": named("integer", "b", "high"),
    "new.md": `---\nname: same\npriority: 3\n---\n${script("A", "echo a", "with: { description: new, file: y }")}${yaml("Call", "workflow: other-child.md")}${yaml("More", "set: { a: 1 }")}`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const stdout = async (...args: readonly string[]) => {
  const { code, stdout: text, stderr } = await runCommand(folder, ...args);
  expect(code, stderr).toBe(0);
  return text;
};

test("graph draws order, groups, handlers and the end in the terminal", async () => {
  expect(await stdout("graph", "drawn.md")).toMatchInlineSnapshot(`
    "├─ Fetch (script)
    ├─ Rescue (set)  on error of fetch
    ├─ Both (group, side by side)  first 1  after fetch
    │  ├─ Left (script)  for each ×2
    │  └─ Right (wait)
    ├─ Side (script)  undo  after fetch
    ├─ Say "yes" (approval)  if  after both, side
    └─ Finally (set)
    "
  `);
});

test("graph --mermaid is a flowchart with every step, need and handler", async () => {
  expect(await stdout("graph", "drawn.md", "--mermaid")).toMatchInlineSnapshot(`
    "flowchart TD
      fetch["Fetch"]
      fetch -. on error .-> rescue
      rescue["Rescue"]
      subgraph both["Both · first 1"]
        left["Left · for each ×2"]
        right(["Right"])
      end
      fetch --> both
      side["Side · undo"]
      fetch --> side
      say_yes{{"Say #quot;yes#quot; · if"}}
      both --> say_yes
      side --> say_yes
      finally["Finally"]
      say_yes --> finally
    "
  `);
});

test("plan --diff compares what users call as plans call words about steps", async () => {
  const { differences } = JSON.parse(await stdout("plan", "--diff", "named.md", "renamed.md", "--json")) as {
    differences: { kind: string; path: string }[];
  };
  expect(differences.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
    "changed inputs.description.type",
    "changed inputs.source.type",
    "changed labels.source",
    "changed outputs.steps.$expr",
    "changed steps.q.fields.digest.description",
    "changed steps.q.fields.digest.max",
  ]);
});

test("plan --diff says what does something else, in steps, values and called workflows; not what moved or is told in prose", async () => {
  expect(await stdout("plan", "--diff", "old.md", "moved.md")).toBe("The plans do the same.\n");
  const { differences } = JSON.parse(await stdout("plan", "--diff", "old.md", "new.md", "--json")) as {
    differences: { kind: string; path: string }[];
  };
  expect(differences.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
    "added steps.more",
    "changed priority",
    "changed steps.a.with.description",
    "changed steps.a.with.file",
    "changed steps.call.needs",
    "changed steps.call.plan.steps.kid.values.a",
    "removed steps.gone",
  ]);
  const lines = (await stdout("plan", "--diff", "old.md", "new.md")).split("\n");
  expect(lines).toContain("~ priority: 2 → 3");
  expect(lines).toContain("- steps.gone");
  expect(lines).toContain("+ steps.more");
});
