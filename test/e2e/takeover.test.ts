import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { beginCommand, killAll, workerOf } from "../command-line.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-e2e-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 }));

test("a run that trusted the worker of `dev` goes on by itself when that is killed", async () => {
  writeFileSync(
    join(folder, "long.md"),
    "## Hold\n```bash run\ntouch begun\nwhile [ ! -e go ]; do sleep 0.05; done\n```\n```yaml step\neffect: idempotent\n```\n## After\n```bash run\necho after\n```\n",
  );
  const dev = beginCommand(folder, "dev");
  await expect.poll(() => dev.stderr(), { timeout: 60_000 }).toContain("Ctrl-C stops all");
  const run = beginCommand(folder, "run", "long.md", "--id", "long", "--json");
  await expect.poll(() => existsSync(join(folder, "begun")), { timeout: 60_000 }).toBe(true);
  expect(workerOf(run)).toBeUndefined();
  killAll(dev);
  await expect.poll(() => run.stderr(), { timeout: 30_000 }).toContain("works itself");
  writeFileSync(join(folder, "go"), "");
  expect(await run.ended, run.stderr()).toBe(0);
  expect(JSON.parse(run.stdout())).toMatchObject({ run: "long", status: "completed" });
  await dev.ended;
});
