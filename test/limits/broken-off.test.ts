// A workflow task that takes too long is broken off by the SDK, and tried again. It costs nobody else anything: the worker lives.
import { fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const SIGNALS = 4500;

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

/** What a worker has come to whose workflow tasks may take so long. */
async function workFor(run: string, milliseconds: number): Promise<"never polled" | "died" | "lives"> {
  const { address } = project.connected.target;
  const child = fork(resolve("test/limits/impatient-worker.ts"), [address, String(milliseconds)], { stdio: "ignore" });
  const exited = once(child, "exit");
  if ((await Promise.race([once(child, "message"), exited.then(() => undefined)])) === undefined) return "never polled";
  const isOver = async () => child.exitCode !== null || child.signalCode !== null || (await brokenOff(run)) > 0;
  await expect.poll(isOver, { timeout: 40_000, interval: 200 }).toBe(true);
  // It dies a little after the task has been given back.
  const end = await Promise.race([exited.then(() => "died" as const), sleep(4000, "lives" as const)]);
  child.kill("SIGKILL");
  await exited;
  return end;
}

async function brokenOff(run: string): Promise<number> {
  const { events } = await project.connected.client.workflow.getHandle(run).fetchHistory();
  return (events ?? []).filter(({ workflowTaskFailedEventAttributes: why }) =>
    why?.failure?.message?.includes("timed out"),
  ).length;
}

test("thousands of signals that come at once", { timeout: 240_000 }, async () => {
  const run = await project.start("## Gate\n```yaml step\napproval: { message: Go? }\n```\n");
  await project.follow(run, "waiting");
  await project.worker.stop();
  const handle = project.connected.client.workflow.getHandle(run);
  for (let sent = 0; sent < SIGNALS; sent += 50)
    await Promise.all(Array.from({ length: 50 }, () => handle.signal("approve", { by: "nobody", step: 7 })));
  // Too little for a worker to start at all, on a slow machine.
  let end: string = "never polled";
  for (let milliseconds = 60; end === "never polled"; milliseconds *= 2) end = await workFor(run, milliseconds);
  expect(await brokenOff(run)).toBeGreaterThan(0);
  expect(end).toBe("lives");
});
