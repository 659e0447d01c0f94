// Runs that begin again long after they have ended, or while others hold what they held.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decide } from "../../src/client/decide.ts";
import { forkRun } from "../../src/client/fork-run.ts";
import { planFork } from "../../src/client/plan-fork.ts";
import { readStart } from "../../src/client/read-start.ts";
import { findPoint, rerunFrom } from "../../src/client/rerun-run.ts";
import { readState } from "../../src/history/read-state.ts";
import { openProject, type TestProject } from "./open-project.ts";
import { isReplayed } from "./replayed.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

const script = (title: string, body: string, yaml = "effect: idempotent\nretry: { max-attempts: 1 }") =>
  `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const lines = (file: string) => project.read(file).split("\n").slice(0, -1);
const rerun = async (run: string, step: string) =>
  rerunFrom(project.connected, run, await findPoint(project.connected, run, step));

test("a rerun has its time limit for itself, however long ago the run began", async () => {
  const run = await project.start(
    `---\ntimeout: 4s\n---\n${script("A", "echo a >> limit")}${script("B", "echo b >> limit; [ -e fixed ] && sleep 2")}`,
  );
  expect(await project.follow(run)).toMatchObject({ status: "failed", error: { step: "b" } });
  const endedMs = Date.now();
  await expect.poll(() => Date.now() - endedMs, { timeout: 10_000 }).toBeGreaterThan(6000);
  project.write("fixed", "");
  await rerun(run, "b");
  expect(await project.follow(run)).toMatchObject({ status: "completed", error: null });
  expect(lines("limit")).toEqual(["a", "b", "b"]);
});

/** How long questions, waits and groups may take, in seconds. */
const limit = isReplayed ? 10 : 2;

test("so have questions, waits for signals and groups that are open beside the step", async () => {
  const asks = (title: string, more: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${more}\n\`\`\`\n`;
  const run = await project.start(
    asks("Gate", `needs: []\napproval: { message: Go?, expires: ${limit}s }`) +
      asks("Paid", `needs: []\nwait-for: { signal: paid, timeout: ${limit}s }`) +
      asks("Box", `needs: []\ntimeout: ${limit}s\ngroup:`) +
      asks("Inner", "approval: { message: In? }", "###") +
      script("First", "echo first >> beside", "needs: []\neffect: idempotent") +
      script("Work", "echo work >> beside; [ -e mended ]", "needs: [first]\nretry: { max-attempts: 1 }"),
  );
  expect(await project.follow(run)).toMatchObject({ status: "failed", error: { step: "work" } });
  const endedMs = Date.now();
  await expect.poll(() => Date.now() - endedMs, { timeout: 30_000 }).toBeGreaterThan((limit + 2.5) * 1000);
  project.write("mended", "");
  await rerun(run, "work");
  const begunMs = Date.now();
  const asked = await project.reportWhen(run, ({ steps }) => steps.at(-1)?.status === "completed");
  expect(asked.approvals).toMatchObject([
    { step: "gate", status: "pending" },
    { step: "box.inner", status: "pending" },
  ]);
  expect(Date.parse(asked.approvals[0]?.expiresAt as string)).toBeGreaterThan(begunMs);
  for (const step of ["gate", "box.inner"])
    await decide(project.connected, { run, step, decision: "approve", by: "ann" });
  await project.connected.client.workflow.getHandle(run).signal("paid", 1);
  expect(await project.follow(run)).toMatchObject({ status: "completed", error: null });
  expect(lines("beside")).toEqual(["first", "work", "work"]);
});

const grouped = (body: string) =>
  `---\nconcurrency: { group: one }\n---\n${script("A", "echo a >> ran")}${script("B", body)}`;
const holder = `---\nconcurrency: { group: one }\n---\n${script("Hold", "echo in >> slots; sleep 4; echo out >> slots")}`;

test("a fork waits for its turn in the concurrency group of its workflow", async () => {
  const markdown = grouped("[ -e open ] && echo fork >> slots");
  const before = await project.run(markdown);
  expect(before.status).toBe("failed");
  project.write("open", "");
  const holding = await project.start(holder);
  await expect.poll(() => lines("slots"), { timeout: 20_000 }).toEqual(["in"]);
  const storeDir = join(project.dir, ".aiworkflow", "artifacts");
  const start = await readStart(project.connected, before.run, storeDir);
  const state = await readState(project.connected.client, before.run);
  const plan = project.plan(markdown);
  const { reused } = planFork({ plan: start.plan, inputs: {}, state }, { plan, inputs: {}, from: undefined });
  expect(reused).toEqual(["a"]);
  const { run } = await forkRun(project.connected, {
    of: before.run,
    plan,
    inputs: {},
    state,
    reused,
    projectDir: project.dir,
    files: new Map(),
    storeDir,
  });
  expect((await project.follow(run)).status).toBe("completed");
  expect(lines("slots")).toEqual(["in", "out", "fork"]);
  await project.follow(holding);
});

test("a rerun begins where no other run of its concurrency group works, and none begins beside it", async () => {
  const run = (await project.run(grouped("[ -e again ] && echo in >> turns && sleep 2 && echo out >> turns"))).run;
  project.write("again", "");
  const holding = await project.start(holder.replaceAll("slots", "turns"));
  await expect.poll(() => lines("turns"), { timeout: 20_000 }).toEqual(["in"]);
  await expect(rerun(run, "b")).rejects.toMatchObject({ diagnostics: [{ code: "run/place-taken" }] });
  await project.follow(holding);
  await rerun(run, "b");
  await expect.poll(() => lines("turns").length, { timeout: 20_000 }).toBe(3);
  const next = await project.start(holder.replaceAll("slots", "turns").replace("sleep 4", "true"));
  expect((await project.follow(run)).status).toBe("completed");
  await project.follow(next);
  expect(lines("turns")).toEqual(["in", "out", "in", "out", "in", "out"]);
});

test("a fork whose state is not in the worker's store ends, and a cancel ends it at once", async () => {
  const markdown =
    Array.from(
      { length: 30 },
      (_, at) => `## S${at}\n\`\`\`yaml step\nset: { x: "${"x".repeat(3900)}" }\n\`\`\`\n`,
    ).join("") + script("End", "exit 3");
  const before = await project.run(markdown);
  const state = await readState(project.connected.client, before.run);
  const plan = project.plan(markdown);
  const { reused } = planFork({ plan, inputs: {}, state }, { plan, inputs: {}, from: undefined });
  expect(reused).toHaveLength(30);
  const fork = (run: string) =>
    forkRun(project.connected, {
      of: before.run,
      plan,
      inputs: {},
      state,
      reused,
      projectDir: project.dir,
      files: new Map(),
      storeDir: join(project.dir, "elsewhere"),
      run,
    });
  await fork("nowhere-1");
  await fork("nowhere-2");
  const handleOf = (run: string) => project.connected.client.workflow.getHandle(run);
  await handleOf("nowhere-2").cancel();
  await expect(handleOf("nowhere-2").result()).rejects.toMatchObject({ cause: { name: "CancelledFailure" } });
  const { status } = await handleOf("nowhere-1").describe();
  expect(status.name).toBe("RUNNING");
  await expect(handleOf("nowhere-1").result()).rejects.toMatchObject({ cause: { type: "artifact/missing" } });
});
