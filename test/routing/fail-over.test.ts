import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { type FakeApi, startFakeApi } from "../agents/fake-api.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let one: FakeApi;
let two: FakeApi;
let project: TestProject;
const NOWHERE = "http://127.0.0.1:9";
const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

beforeAll(async () => {
  [one, two] = await Promise.all([startFakeApi(), startFakeApi()]);
  const agent = (url: string, model: string, more = "") =>
    `{ kind: openai, base-url: "${url}/v1", model: ${model}${more} }`;
  // A breaker is one model's: models of their own keep these tests apart.
  project = await openProject({
    "aiworkflow.yaml": `agents:
${names.map((name) => `  ${name}: ${agent(one.url, name)}`).join("\n")}
  spare: ${agent(two.url, "spare")}
  keyless: { kind: anthropic, api-key-env: NO_SUCH_KEY }
  nowhere: ${agent(NOWHERE, "nowhere")}
  broken: ${agent(one.url, "broken", ", circuit-breaker: { failure-threshold: 1, recovery-timeout: 1h }")}
`,
    "tools/mark.sh": "#!/bin/sh\necho marked >> marks\necho done\n",
    "tools/mark.yaml": "operations: { once: { description: Marks }, look: { description: Looks, effect: read } }\n",
  });
});
afterAll(async () => {
  await project.close();
  await Promise.all([one.close(), two.close()]);
});

const step = (title: string, yaml: string) => `## ${title}\nSay hello.\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const retry = (attempts: number) => `retry: { max-attempts: ${attempts}, initial-interval: 50ms }`;
const calls = (api: FakeApi, model: string) => api.requests.filter(({ body }) => body["model"] === model);

describe("failover", () => {
  test("a primary that answers 500 has its own attempts and no more; the fallback is called once and its answer counts", async () => {
    const before = calls(two, "spare").length;
    two.script({ text: "From the fallback." });
    const report = await project.run(step("Ask", `agent: { primary: a, fallback: [spare] }\n${retry(3)}`));
    expect(report.steps[0]).toMatchObject({
      status: "completed",
      output: "From the fallback.",
      agent: "spare (gpt-test)",
      route: { decision: "use_fallback" },
      failovers: [
        {
          from_agent: "a",
          to_agent: "spare",
          reason: "step_execution_failed",
          step_index: 0,
          error: { code: "agent/server-error" },
        },
      ],
    });
    expect(Date.parse(report.steps[0]?.failovers?.[0]?.timestamp ?? "")).not.toBeNaN();
    expect(calls(one, "a")).toHaveLength(3);
    expect(calls(two, "spare")).toHaveLength(before + 1);
  });

  test("five faults have five reasons, and the next run starts with none", async () => {
    await project.run(step("Break", `agent: broken\n${retry(1)}`));
    await project.run(step("Cut", `agent: nowhere\n${retry(1)}`));
    const faults = ["keyless", "nowhere", "b", "c", "broken"];
    one.script({ status: 400 }, { hang: true });
    two.script(...faults.map(() => ({ text: "Done." })));
    const report = await project.run(
      faults
        .map((agent) =>
          step(`With ${agent}`, `agent: { primary: ${agent}, fallback: [spare] }\n${retry(1)}\ntimeout: 2s`),
        )
        .join("\n"),
    );
    expect(report.status).toBe("completed");
    expect(report.steps.map(({ failovers }) => failovers?.map(({ reason }) => reason))).toEqual([
      ["initialization_failed"],
      ["health_check_failed"],
      ["step_execution_failed"],
      ["timeout"],
      ["circuit_breaker_open"],
    ]);
    expect(report.steps.map(({ failovers }) => failovers?.[0]?.step_index)).toEqual([0, 1, 2, 3, 4]);
    expect(report.steps[1]?.failovers?.[0]?.error.code).toBe("agent/unhealthy");
    one.script({ text: "Well again." });
    const next = await project.run(step("Again", "agent: { primary: b, fallback: [spare] }"));
    expect(next.steps[0]).toMatchObject({ output: "Well again.", route: { decision: "use_primary" } });
    expect(next.steps[0]).not.toHaveProperty("failovers");
  });

  test("a hanging primary keeps its step where the file does not fail over on timeouts", async () => {
    one.script({ hang: true });
    const report = await project.run(
      step("Ask", `agent: { primary: d, fallback: [spare], failover-on: [failure] }\n${retry(1)}\ntimeout: 1s`),
    );
    expect(report.error).toMatchObject({ code: "step/timeout" });
    expect(report.steps[0]).not.toHaveProperty("failovers");
  });

  test("within the interval the fallback is asked first; after it the primary is again", async () => {
    one.script({ status: 400 });
    two.script({ text: "1" }, { text: "2" });
    one.script({ text: "3" });
    const agent = `agent: { primary: e, fallback: [spare], retry-primary-after: 3s }\n${retry(1)}`;
    const report = await project.run(
      [
        step("First", agent),
        step("Second", agent),
        "## Rest\n```yaml step\nwait: 4s\n```\n",
        step("Third", agent),
      ].join("\n"),
    );
    expect(report.steps.map(({ output, agent: who }) => [output, who?.split(" ", 1)[0]])).toEqual([
      ["1", "spare"],
      ["2", "spare"],
      [null, undefined],
      ["3", "e"],
    ]);
    expect(report.steps[1]).toMatchObject({ route: { decision: "use_fallback" } });
    expect(report.steps[1]).not.toHaveProperty("failovers");
    expect(report.steps[3]).toMatchObject({ route: { decision: "use_primary" } });
  });

  test("max-failovers bounds how many are tried, and the last failure counts", async () => {
    one.script({ status: 400 }, { status: 401 });
    const seen = one.requests.length;
    const report = await project.run(
      step("Ask", `agent: { primary: f, fallback: [g, h], max-failovers: 1 }\n${retry(1)}`),
    );
    expect(report.error).toMatchObject({ code: "agent/unauthorized" });
    expect(report.steps[0]?.failovers).toHaveLength(1);
    expect(one.requests.slice(seen).map(({ body }) => body["model"])).toEqual(["f", "g"]);
  });

  test("a step whose tools would act a second time is not handed over, and says so; one that only reads is", async () => {
    const tool = (operation: string) => ({ calls: [{ id: "1", name: `mark__${operation}`, json: "{}" }] });
    one.script(tool("once"), { status: 400 });
    const acted = await project.run(
      step("Act", `agent: { primary: g, fallback: [spare] }\ntools: [mark.*]\n${retry(1)}`),
    );
    expect(acted.error).toMatchObject({ code: "agent/bad-request" });
    expect(acted.notices.join()).toContain("would have repeated tool calls");
    one.script(tool("look"), { status: 400 });
    two.script({ text: "Looked." });
    const looked = await project.run(
      step("Look", `agent: { primary: g, fallback: [spare] }\ntools: [mark.*]\n${retry(1)}`),
    );
    expect(looked.steps[0]).toMatchObject({ status: "completed", output: "Looked." });
  });

  test("a worker killed while the fallback works costs one more call of the fallback and none of the primary", async () => {
    const [ones, twos] = [calls(one, "h").length, two.requests.length];
    one.script({ status: 400 });
    two.script({ hang: true }, { text: "Survived." });
    const run = await project.start(step("Ask", `agent: { primary: h, fallback: [spare] }\n${retry(1)}`));
    await expect.poll(() => two.requests.length, { timeout: 20_000 }).toBe(twos + 1);
    process.kill(project.worker.pid, "SIGKILL");
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Survived." });
    expect(report.steps[0]?.failovers).toHaveLength(1);
    expect(calls(one, "h")).toHaveLength(ones + 1);
    expect(two.requests).toHaveLength(twos + 2);
  });

  test("a cancel is no failure: nobody takes over", async () => {
    const twos = two.requests.length;
    const seen = one.requests.length;
    one.script({ hang: true });
    const run = await project.start(step("Ask", "agent: { primary: i, fallback: [spare] }"));
    await expect.poll(() => one.requests.length, { timeout: 20_000 }).toBe(seen + 1);
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
    expect(two.requests).toHaveLength(twos);
  });
});

test("a plan that leaves no choice is the plan it always was", () => {
  const [plain] = project.plan(step("Ask", "agent: a")).steps;
  expect(plain).not.toHaveProperty("route");
  expect(project.plan(step("Ask", "agent: { primary: a }")).steps[0]).toEqual({ ...plain, source: expect.anything() });
});
