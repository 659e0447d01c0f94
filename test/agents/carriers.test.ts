import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isAlive } from "../../src/system/is-alive.ts";
import { callProvider, requestOf } from "./apis.ts";

test("a program that carries the same key for another project is left alone: keys are unique in a namespace, not on a machine", async () => {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-carriers-"));
  const key = `run-${process.pid}/ask`;
  const other = spawn("sleep", ["300"], { env: { ...process.env, AIWORKFLOW_KEY: key }, stdio: "ignore" });
  try {
    const spec = { kind: "claude-code", command: "bin/nowhere", model: "any" };
    const host = { ...requestOf(spec).host, projectDir: dir, stateDir: join(dir, "state"), key, env: process.env };
    // What an earlier attempt left is ended before anything else.
    await expect(callProvider(spec, { host })).rejects.toMatchObject({ code: "agent/no-program" });
    expect(isAlive(other.pid as number)).toBe(true);
  } finally {
    other.kill("SIGKILL");
    rmSync(dir, { recursive: true });
  }
});
