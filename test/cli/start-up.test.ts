import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-start-"));
  writeFileSync(
    join(folder, "one.md"),
    '---\ninputs: { n: 1 }\n---\n## One\n```yaml step\nset: { a: "${{ inputs.n + 1 }}" }\n```\n',
  );
  // Every file of a package that is loaded, by `import` or by `require`, is written down.
  writeFileSync(
    join(folder, "watch.mjs"),
    `import { registerHooks } from "node:module";
import { appendFileSync } from "node:fs";
registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(join(folder, "loaded"))}, url + "\\n"); return next(url, context); } });
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function packagesLoadedBy(...args: readonly string[]): readonly string[] {
  writeFileSync(join(folder, "loaded"), "");
  execFileSync(process.execPath, ["--import", join(folder, "watch.mjs"), resolve("src/cli/main.ts"), ...args], {
    cwd: folder,
  });
  const urls = execFileSync("cat", [join(folder, "loaded")], { encoding: "utf8" });
  return [
    ...new Set([...urls.matchAll(/node_modules\/((?:@[^/]+\/)?[^/\n]+)/g)].map(([, name]) => name as string)),
  ].sort();
}

test("--version loads no package", () => {
  expect(packagesLoadedBy("--version")).toEqual([]);
});

test("agent list loads neither an SDK nor Temporal", () => {
  writeFileSync(join(folder, "aiworkflow.yaml"), "agents: { a: { kind: anthropic }, b: { kind: openai } }\n");
  expect(packagesLoadedBy("agent", "list")).toEqual(["commander", "fastest-levenshtein", "yaml"]);
});

test("validate loads the compiler's packages, and neither Temporal nor an SDK", () => {
  expect(packagesLoadedBy("validate", "one.md")).toEqual([
    "@marcbachmann/cel-js",
    "commander",
    "fastest-levenshtein",
    "yaml",
  ]);
});
