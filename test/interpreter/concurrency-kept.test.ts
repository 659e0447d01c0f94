import { NativeConnection, Worker } from "@temporalio/worker";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  CONCURRENCY_WORKFLOW,
  PLACE_HOLDER,
  PLACE_RELEASED,
  PLACE_WANTED,
  placeId,
  type PlaceRequest,
} from "../../src/plan/messages.ts";
import { findWorkflowBundle } from "../../src/worker/workflow-bundle.ts";
import { openProject, type TestProject } from "./open-project.ts";

const EVENTS = 40;
let project: TestProject;
beforeAll(async () => {
  project = await openProject({}, { "limit.historyCount.suggestContinueAsNew": EVENTS });
});
afterAll(() => project.close());

const keeper = (group: string) => project.connected.client.workflow.getHandle(placeId(group));
const holder = (group: string) => keeper(group).query<PlaceRequest | null>(PLACE_HOLDER);

test("a place that is held for long is kept in the keeper's next histories, and given to the next in line", async () => {
  const gated = "---\nconcurrency: { group: long }\n---\n## Gate\n```yaml step\nwait-for: { signal: go }\n```\n";
  const first = await project.start(gated);
  await project.reportWhen(first, ({ steps }) => steps[0]?.status === "waiting");
  const held = await holder("long");
  expect(held?.run).toBe(first);
  const { runId } = await keeper("long").describe();
  for (let times = 0; times < EVENTS; times += 1) await keeper("long").signal(PLACE_WANTED, held);
  await expect.poll(async () => (await keeper("long").describe()).runId, { timeout: 20_000 }).not.toBe(runId);
  expect(await holder("long")).toEqual(held);
  const second = await project.start(gated);
  await project.reportWhen(second, ({ status }) => status === "waiting");
  for (const run of [first, second]) {
    await project.connected.client.workflow.getHandle(run).signal("go");
    expect((await project.follow(run)).status).toBe("completed");
  }
});

test("a keeper with nobody in line sets no timer while a place is held", async () => {
  const run = await project.start(
    "---\nconcurrency: { group: quiet }\n---\n## Gate\n```yaml step\nwait-for: { signal: go }\n```\n",
  );
  await project.reportWhen(run, ({ steps }) => steps[0]?.status === "waiting");
  expect(await project.history(placeId("quiet"))).not.toContain("timerStarted");
  await project.connected.client.workflow.getHandle(run).signal("go");
  expect((await project.follow(run)).status).toBe("completed");
});

test("a run that ends while it is told of its place does not keep it from the next in line", async () => {
  const { client, target } = project.connected;
  const request = (run: string): PlaceRequest => ({ run, runId: run, cancelInProgress: false });
  for (const run of ["early", "late"]) await client.workflow.start("w", { workflowId: run, taskQueue: "nobody" });
  // The keeper's first turn takes until the signal of the end has come: it is heard before the answer to what it sends.
  let isFirst = true;
  const codec = {
    encode: (payloads: never[]) => Promise.resolve(payloads),
    async decode(payloads: never[]) {
      if (isFirst) {
        isFirst = false;
        await keeper("brief").signal(PLACE_RELEASED, "early");
      }
      return payloads;
    },
  };
  const connection = await NativeConnection.connect({ address: target.address });
  const worker = await Worker.create({
    connection,
    namespace: target.namespace,
    taskQueue: "keepers",
    workflowBundle: { codePath: await findWorkflowBundle() },
    dataConverter: { payloadCodecs: [codec] },
  });
  await client.workflow.start(CONCURRENCY_WORKFLOW, {
    workflowId: placeId("brief"),
    taskQueue: "keepers",
    args: [[request("early"), request("late")]],
  });
  await worker.runUntil(expect.poll(() => holder("brief"), { timeout: 15_000 }).toMatchObject({ run: "late" }));
  await connection.close();
});
