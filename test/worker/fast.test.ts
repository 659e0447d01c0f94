import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadWorkflow } from "../../src/bundle/load-workflow.ts";
import { connectClient } from "../../src/client/connect-client.ts";
import { startRun } from "../../src/client/start-run.ts";
import { useEmbeddedServer } from "../../src/server/embedded-server.ts";
import { findFastObstacle } from "../../src/worker/find-fast-obstacle.ts";
import { startSupervisedWorker } from "../../src/worker/supervisor.ts";

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

test("a supervised worker does so: it refuses the query for stacks", async () => {
  const file = join(dir, "rest.md");
  writeFileSync(file, "## Rest\n```yaml step\nwait: 1h\n```\n");
  const { plan, files } = loadWorkflow(file);
  if (plan === undefined) throw new Error("the workflow has faults");
  const { address, namespace } = server;
  const place = { projectDir: dir, stateDir: dir };
  const connected = await connectClient({ address, namespace });
  const worker = startSupervisedWorker({ address, namespace, ...place, fast: true });
  try {
    await worker.ready;
    const { run } = await startRun(connected, { plan, files, inputs: {}, ...place });
    const handle = connected.client.workflow.getHandle(run);
    await expect(handle.query("__stack_trace")).rejects.toThrow("not enabled on this worker");
    await handle.terminate();
  } finally {
    await worker.stop();
    await connected.close();
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
