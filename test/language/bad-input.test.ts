import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { runCommand } from "../command-line.ts";
import { spentMs } from "./spent-ms.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-bad-input-"));
  mkdirSync(join(folder, "a-folder"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const project = { agents: {}, tools: {}, env: {}, secrets: [], readFile: () => undefined };
const script = "```bash run\necho hi\n```\n";
const many = (count: number) => Array.from({ length: count }, (_, index) => `## Step ${index}\n${script}`).join("\n");
const bomb = `a: &a [1]\n${Array.from({ length: 30 }, (_, index) => `b${index}: [*a, *a]`).join("\n")}`;

/** File name → its bytes, what the command says of it. */
const refused: Readonly<Record<string, readonly [bytes: string | Uint8Array | undefined, expected: string]>> = {
  "invalid-utf8.md": [
    new Uint8Array([0x23, 0x23, 0x20, 0xff, 0xfe, 0x0a]),
    "invalid-utf8.md:1:4: error[file/not-utf8]",
  ],
  "nul.md": ["## One\nDo\0 it\n", "nul.md:2:3: error[file/nul]"],
  "long-line.md": [`## One\n${"x".repeat(2 * 1024 * 1024)}\n`, "long-line.md:2:1: error[file/long-line]"],
  "alias-bomb.md": [`---\n${bomb}\n---\n## One\nDo it.\n`, "error[yaml/alias]"],
  "deep.md": [
    `---\nmetadata: ${"[".repeat(10_000)}${"]".repeat(10_000)}\n---\n## One\nDo it.\n`,
    "error[yaml/too-deep]",
  ],
  "deep-block.md": [
    `---\nmetadata:\n${Array.from({ length: 10_000 }, (_, depth) => `${" ".repeat(depth + 1)}a:`).join("\n")} 1\n---\n## One\nDo it.\n`,
    "error[",
  ],
  "many-in-a-group.md": [
    `## All\n\`\`\`yaml step\ngroup:\n\`\`\`\n${many(5000).replaceAll("## Step", "### Step")}`,
    "error[workflow/too-many-steps]",
  ],
  "executable.md": [
    "---js\nrequire('fs').writeFileSync('executed', '')\n---\n## One\nDo it.\n",
    "error[front-matter/language]",
  ],
  "prototype.md": [
    "---\nmetadata: { __proto__: { polluted: 1 }, constructor: 2 }\n---\n## One\nDo it.\n",
    "error[yaml/forbidden-key]",
  ],
  "unclosed-fence.md": ["## One\n```bash run\necho hi\n", "unclosed-fence.md:2:1: error[step/unclosed-fence]"],
  "unclosed-expression.md": [
    "## One\nHello ${{ inputs.name\n",
    "unclosed-expression.md:2:7: error[expression/unclosed]",
  ],
  "empty.md": ["", "error[workflow/no-steps]"],
  "a-folder": [undefined, "error[file/is-directory]"],
  "missing.md": [undefined, "error[file/not-found]"],
};

describe.each(Object.entries(refused))("%s", (name, [bytes, expected]) => {
  test("is refused with exit 2, its code and its place, without a stack trace", async () => {
    if (bytes !== undefined) writeFileSync(join(folder, name), bytes);
    const { code, stdout, stderr } = await runCommand(folder, "validate", name);
    expect(stderr + stdout).toContain(expected);
    expect(code).toBe(2);
    expect(stderr + stdout).not.toMatch(/^\s+at .*:\d+:\d+/m);
    const inJson = await runCommand(folder, "validate", name, "--json");
    expect(inJson.code).toBe(2);
    expect(JSON.parse(inJson.stdout).files[0]).toMatchObject({ file: name, valid: false });
  });
});

test.each(Object.entries(refused).filter(([, [bytes]]) => bytes !== undefined))(
  "%s takes the compiler less than a second",
  (name, [bytes = ""]) => {
    expect(spentMs(() => compileWorkflow({ file: name, bytes }, project))).toBeLessThan(1000);
  },
);

test("executable front matter was not executed, and no prototype was touched", () => {
  expect(existsSync(join(folder, "executed"))).toBe(false);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test("5,000 steps compile in less than 2 s", () => {
  const compile = () => compileWorkflow({ file: "many.md", bytes: many(5000) }, project);
  expect(spentMs(compile)).toBeLessThan(2000);
  const { plan, diagnostics } = compile();
  expect(diagnostics).toEqual([]);
  expect(plan?.steps).toHaveLength(5000);
});

test.each([
  ["a byte order mark", `\uFEFF---\nname: x\n---\n## One\n${script}`],
  ["CRLF", `---\nname: x\n---\n## One\n${script}`.replaceAll("\n", "\r\n")],
  ["no newline at the end", `---\nname: x\n---\n## One\n${script}`.trimEnd()],
])("%s changes nothing", (_, bytes) => {
  const plain = compileWorkflow({ file: "x.md", bytes: `---\nname: x\n---\n## One\n${script}` }, project).plan;
  expect(plain).toBeDefined();
  expect(compileWorkflow({ file: "x.md", bytes }, project).plan).toEqual(plain);
});

test("lines are counted rightly with CRLF and a byte order mark", () => {
  const bytes = "\uFEFF---\nname: x\n---\n## One\n```yaml step\nwait: soon\n```\n".replaceAll("\n", "\r\n");
  expect(compileWorkflow({ file: "x.md", bytes }, project).diagnostics).toMatchObject([
    { code: "duration/bad", span: { line: 6, column: 7 } },
  ]);
});
