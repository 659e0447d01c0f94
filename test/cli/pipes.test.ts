// A command in a pipe, and one without a command.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { environment, type Finished, main, runCommand } from "../command-line.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-pipes-"));
  writeFileSync(join(folder, "big.md"), `## Big\n\`\`\`bash run\necho ${"x".repeat(300_000)}\n\`\`\`\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The exit code is that of the command line, not of what reads from it. */
function pipeTo(reader: string, ...args: readonly string[]): Promise<Finished> {
  const line = `"$0" "$@" | ${reader}; exit "\${PIPESTATUS[0]}"`;
  return new Promise((done) => {
    execFile(
      "bash",
      ["-c", line, process.execPath, main, ...args],
      { cwd: folder, env: environment() },
      (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

test("a reader that is slow gets all of it", async () => {
  const { code, stdout } = await pipeTo("(sleep 1; cat)", "plan", "big.md");
  expect(code).toBe(0);
  expect(stdout.length).toBeGreaterThan(300_000);
  expect(JSON.parse(stdout)).toMatchObject({ name: "big" });
});

test("a reader that wants no more ends nothing, and is not complained about", async () => {
  expect(await pipeTo("head -c 1", "plan", "big.md")).toEqual({ code: 0, stdout: "{", stderr: "" });
});

test.each([
  [[], "Usage: aiworkflow"],
  [["costs"], "Usage: aiworkflow costs"],
] as const)("%j without a command says which there are", async (args, usage) => {
  const { code, stderr } = await runCommand(folder, ...args);
  expect(code).toBe(2);
  expect(stderr).toContain(usage);
  expect(stderr).not.toContain("outputHelp");
  const { stdout } = await runCommand(folder, "--json", ...args);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "cli/usage" } });
});
