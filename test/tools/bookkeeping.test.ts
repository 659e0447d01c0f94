// What is noted beside a call may fail; what was done stays done, and what others do goes on.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { withoutStore } from "../interpreter/without-store.ts";

/** Acts, then waits until it may end, and prints more than is kept inline. */
const ACT = "echo acted >> acts; until [ -e go ]; do sleep 0.05; done; printf '%5000s' '' | tr ' ' x";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({
    "aiworkflow.yaml": "agents: { slow: { kind: recorded, replies: replies.yaml } }\n",
    "replies.yaml": "ask: [{ delay: 9s, reply: Done. }]\n",
    "tools/act.sh": `#!/bin/bash\n${ACT}\n`,
    "tools/act.yaml": "concurrency: 3\noperations: { once: {}, paid: { effect: idempotent, cost: { usd: 0.5 } } }\n",
  });
});
afterAll(() => project.close());

const retry = "retry: { max-attempts: 3, initial-interval: 10ms }";
const script = (more: string) => `## Act\n\`\`\`bash run\n${ACT}\n\`\`\`\n\`\`\`yaml step\n${retry}\n${more}\n\`\`\`\n`;
const tool = (operation: string) => `## Act\n\`\`\`yaml step\nuses: act.${operation}\n${retry}\n\`\`\`\n`;
const acts = () => project.read("acts").split("\n").length - 1;

describe("an effect whose outcome cannot be kept", () => {
  /** `until`: how long it cannot be kept. */
  const act = async (markdown: string, until: (run: string) => Promise<unknown> = ends) => {
    project.remove("acts");
    project.remove("go");
    const run = await project.start(markdown);
    await expect.poll(acts, { timeout: 20_000 }).toBe(1);
    await withoutStore(project.dir, async () => {
      project.write("go", "");
      await until(run);
    });
    return project.follow(run);
  };
  const ends = (run: string) => project.reportWhen(run, ({ status }) => status !== "running");
  const isTriedAgain = (run: string) => {
    const handle = project.connected.client.workflow.getHandle(run);
    const attempts = async () => (await handle.describe()).raw.pendingActivities?.[0]?.attempt;
    return expect.poll(attempts, { timeout: 20_000 }).toBe(2);
  };

  test.each([
    ["script", script("")],
    ["tool", tool("once")],
  ])("is not done again where it may be done once only, and nobody calls it failed: a %s", async (_, markdown) => {
    const report = await act(markdown);
    expect(report.steps[0]).toMatchObject({ status: "outcome-unknown", attempts: 1 });
    expect(report.error?.message).toContain("it has run, but");
    expect(acts()).toBe(1);
  });

  test("is tried again where that is safe", async () => {
    const report = await act(script("effect: idempotent"));
    expect(report.error?.code).toBe("step/internal-error");
    expect(acts()).toBe(3);
  });

  test("is not asked for again where it was paid", async () => {
    const report = await act(tool("paid").replace("10ms", "2s"), isTriedAgain);
    expect(report.steps[0]).toMatchObject({ status: "completed", attempts: 2, usage: { usd: 0.5 } });
    expect(acts()).toBe(1);
  });
});

test("a ledger that somebody holds for long ends no worker and no call", async () => {
  const { pid } = project.worker;
  const run = await project.start("## Ask\nAsk.\n```yaml step\nagent: slow\n```\n");
  const ledger = new DatabaseSync(join(project.dir, ".aiworkflow", "artifacts", "ledger.db"), { timeout: 5000 });
  const places = ledger.prepare("SELECT count(*) AS held FROM call_places");
  await expect.poll(() => places.get()?.["held"], { timeout: 20_000 }).toBe(1);
  ledger.exec("BEGIN IMMEDIATE");
  await sleep(8500);
  ledger.exec("ROLLBACK");
  ledger.close();
  expect((await project.follow(run)).steps[0]).toMatchObject({ status: "completed", output: "Done.", attempts: 1 });
  expect(project.worker.pid).toBe(pid);
});
