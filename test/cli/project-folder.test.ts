// Which folder is the project, where no aiworkflow.yaml says so: all commands agree.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProjectDir } from "../../src/bundle/find-project.ts";
import { runCommand } from "../command-line.ts";

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "aiworkflow-folder-")));
  mkdirSync(join(folder, "flows", "configured", "deep"), { recursive: true });
  writeFileSync(join(folder, "flows", "where.md"), "## Where\n```bash run\npwd > where\n```\n");
  writeFileSync(join(folder, "flows", "configured", "aiworkflow.yaml"), "");
});
afterAll(() => rmSync(folder, { recursive: true, maxRetries: 20, retryDelay: 200 }));

test("a workflow file below the working folder", { timeout: 120_000 }, async () => {
  const run = await runCommand(folder, "run", "flows/where.md", "--id", "first", "--json");
  expect(run.code, run.stderr).toBe(0);
  expect(readFileSync(join(folder, "where"), "utf8")).toBe(`${folder}\n`);
  const list = await runCommand(folder, "list", "--json");
  expect(JSON.parse(list.stdout)).toMatchObject({ runs: [{ run: "first" }] });
  expect(existsSync(join(folder, "flows", ".aiworkflow"))).toBe(false);
  expect(readFileSync(join(folder, ".aiworkflow", ".gitignore"), "utf8")).toBe("*\n");
});

test("a project around the file, and a file that lies elsewhere", () => {
  const configured = join(folder, "flows", "configured");
  expect(findProjectDir(join(configured, "deep"))).toBe(configured);
  expect(findProjectDir(join(folder, "flows"))).toBe(join(folder, "flows"));
  expect(findProjectDir(join(process.cwd(), "test", "cli"))).toBe(process.cwd());
  expect(findProjectDir(join(process.cwd(), ".."))).toBe(join(process.cwd(), ".."));
});
