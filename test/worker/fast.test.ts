import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectClient } from "../../src/client/connect-client.ts";
import { useEmbeddedServer } from "../../src/server/embedded-server.ts";
import { findFastObstacle } from "../../src/worker/find-fast-obstacle.ts";
import { beginCommand, runCommand } from "../command-line.ts";

const run = promisify(execFile);
let dir: string;
let server: Awaited<ReturnType<typeof useEmbeddedServer>>;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "aiworkflow-fast-"));
  server = await useEmbeddedServer({ stateDir: dir });
});
afterAll(() => {
  server.release();
  rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
});

/** The guard's limit for `slow` is one that it breaks anywhere; for `marked` one that it keeps on a busy machine. */
const LIMITS = { slow: "50ms", marked: "8s" } as const;

async function runSlow(type: keyof typeof LIMITS, ...flags: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [
    ...flags,
    join(import.meta.dirname, "run-slow.ts"),
    server.address,
    type,
    LIMITS[type],
  ]);
  return stdout;
}

describe("what `--fast` takes away from the SDK that is installed", () => {
  const fast = ["--require", resolve("src/worker/enter-fast.ts")];

  test("the guard against code that does not return", async () => {
    expect(await runSlow("slow")).toBe("Script execution timed out after 50ms");
    expect(await runSlow("slow", ...fast)).toBe("completed");
  });

  test("the stack of every promise", async () => {
    expect(await runSlow("marked")).toBe("this promise is marked");
    expect(await runSlow("marked", ...fast)).toBe("completed");
  });
});

test("the worker of `dev --fast` refuses the query for stacks", async () => {
  const project = join(dir, "project");
  mkdirSync(project);
  writeFileSync(join(project, "rest.md"), "## Rest\n```yaml step\nwait: 1h\n```\n");
  const dev = beginCommand(project, "dev", "--fast");
  try {
    await expect.poll(() => dev.stderr(), { timeout: 60_000 }).toContain("Ctrl-C stops all");
    const { code } = await runCommand(project, "run", "rest.md", "--id", "rest", "--detach");
    expect(code).toBe(0);
    const address = /^Server ([^,]+),/m.exec(dev.stderr())?.[1] as string;
    const connected = await connectClient({ address, namespace: "default" });
    const query = connected.client.workflow.getHandle("rest").query("__stack_trace");
    await expect(query).rejects.toThrow("not enabled on this worker");
    await connected.close();
  } finally {
    dev.child.kill("SIGINT");
    await dev.ended;
  }
});

describe("an SDK that makes these calls in another way", () => {
  test("is not the one that is installed", () => {
    expect(findFastObstacle()).toBeUndefined();
  });

  test("is an obstacle", () => {
    expect(findFastObstacle(() => "callIntoVmScript.runInContext(context)")).toContain("in another way");
    expect(
      findFastObstacle(() => {
        throw new Error("no such file");
      }),
    ).toContain("has no @temporalio/worker");
  });
});
