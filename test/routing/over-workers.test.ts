import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { startSupervisedWorker, type SupervisedWorker } from "../../src/worker/supervisor.ts";
import { type FakeApi, startFakeApi } from "../agents/fake-api.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { runCommand } from "../command-line.ts";

let api: FakeApi;
let project: TestProject;
let second: SupervisedWorker;

const limits: Readonly<Record<string, string>> = {
  fragile: "circuit-breaker: { failure-threshold: 5, recovery-timeout: 3s, half-open-max-calls: 3 }",
  other: "",
  paced: "api-key-env: PACED_KEY, rate: { requests-per-minute: 6 }",
  narrow: "rate: { max-parallel: 2 }",
  thrifty: "api-key-env: THRIFTY_KEY, rate: { tokens-per-minute: 100 }",
  x: "",
  y: "",
  z: "",
  slow: "",
};

beforeAll(async () => {
  process.env["PACED_KEY"] = "paced";
  process.env["THRIFTY_KEY"] = "thrifty";
  api = await startFakeApi();
  const agents = Object.entries(limits).map(
    ([name, more]) =>
      `  ${name}: { kind: openai, base-url: "${api.url}/v1", model: ${name}${more === "" ? "" : `, ${more}`} }`,
  );
  project = await openProject({ "aiworkflow.yaml": `agents:\n${agents.join("\n")}\n` });
  const { address, namespace } = project.connected.target;
  const stateDir = join(project.dir, ".aiworkflow");
  second = startSupervisedWorker({ address, namespace, projectDir: project.dir, stateDir });
  await second.ready;
});
afterAll(async () => {
  await second.stop();
  await project.close();
  await api.close();
});

const step = (yaml: string, title = "Ask") => `## ${title}\nSay hello.\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const once = "retry: { max-attempts: 1 }";
const calls = (model: string) => api.requests.filter(({ body }) => body["model"] === model);
const each = (count: number) => `for-each: "\${{ [${Array.from({ length: count }, (_, n) => n).join(", ")}] }}"`;
const say = (count: number, delayMs = 0) => Array.from({ length: count }, () => ({ text: "Yes.", delayMs }));

describe("a breaker over two workers", () => {
  test("after five failures nothing is called; other agents are; then three probes at most; a reset closes it", async () => {
    const ask = () => project.run(step(`agent: fragile\n${once}`));
    for (let n = 0; n < 5; n += 1) expect((await ask()).error).toMatchObject({ code: "agent/server-error" });
    expect(calls("fragile")).toHaveLength(5);
    for (let n = 0; n < 3; n += 1) expect((await ask()).error).toMatchObject({ code: "agent/breaker-open" });
    expect(calls("fragile")).toHaveLength(5);
    api.script({ text: "Hello." });
    expect((await project.run(step(`agent: other\n${once}`))).status).toBe("completed");

    const info = await runCommand(project.dir, "agent", "info", "fragile", "--json");
    expect(JSON.parse(info.stdout).state).toMatchObject({
      breaker: "open",
      consecutive_failures: 5,
    });

    // A step that waits for the recovery: ten items at once, of which three are let through.
    const openedAt = calls("fragile").at(-1)?.atMs ?? 0;
    await expect.poll(() => Date.now() - openedAt, { timeout: 10_000 }).toBeGreaterThan(3100);
    api.script(...Array.from({ length: 10 }, () => ({ status: 500, delayMs: 700 })));
    await project.run(step(`agent: fragile\n${each(10)}\n${once}`));
    expect(calls("fragile")).toHaveLength(8);
    expect((await ask()).error).toMatchObject({ code: "agent/breaker-open" });

    const reset = await runCommand(project.dir, "agent", "reset", "fragile", "--json");
    expect(JSON.parse(reset.stdout)).toMatchObject({ before: "open", state: "closed" });
    api.forget();
    api.script({ text: "Back." });
    expect((await ask()).steps[0]).toMatchObject({ output: "Back." });
    expect(calls("fragile")).toHaveLength(9);
  });
});

describe.concurrent("limits of a minute over two workers", () => {
  beforeAll(() => api.script(...say(8 + 6, 300)));

  test("requests a minute: the seventh goes a minute after the first, and its wait is no attempt", async () => {
    const report = await project.run(step(`agent: paced\n${each(8)}\n${once}`));
    expect(report.steps[0]).toMatchObject({ status: "completed", attempts: 1 });
    const times = calls("paced").map(({ atMs }) => atMs);
    expect(times).toHaveLength(8);
    for (const at of times) expect(times.filter((t) => t <= at && t > at - 59_000).length).toBeLessThanOrEqual(6);
    expect((times.at(-1) as number) - (times[0] as number)).toBeLessThan(66_000);
  }, 120_000);

  test("tokens a minute: by what calls have really taken, which is more than their prompts say", async () => {
    // Each answer of the fake uses 22 tokens, and its prompt looks like 17.
    const report = await project.run(step(`agent: thrifty\n${each(6)}\n${once}`));
    expect(report.steps[0]).toMatchObject({ status: "completed", attempts: 1 });
    const { inputTokens, cacheReadTokens, outputTokens } = report.usage;
    expect(inputTokens + cacheReadTokens + outputTokens).toBe(6 * 22);
    const times = calls("thrifty").map(({ atMs }) => atMs);
    expect(times).toHaveLength(6);
    for (const at of times)
      expect(times.filter((t) => t <= at && t > at - 59_000).length * 22).toBeLessThanOrEqual(100);
    // And no call waits longer than it must.
    expect((times[3] as number) - (times[0] as number)).toBeLessThan(10_000);
    expect((times[5] as number) - (times[0] as number)).toBeLessThan(68_000);
  }, 120_000);
});

describe("limits over two workers", () => {
  test("max-parallel: never more calls under way, and a killed worker frees its place", async () => {
    const under = { now: 0, most: 0 };
    api.script(...say(6, 300));
    const seen = api.requests.length;
    const report = await project.run(step(`agent: narrow\n${each(6)}\n${once}`));
    expect(report.status).toBe("completed");
    const times = api.requests.slice(seen).map(({ atMs }) => atMs);
    for (const at of times) {
      under.now = times.filter((t) => t <= at && t > at - 290).length;
      under.most = Math.max(under.most, under.now);
    }
    expect(under.most).toBeLessThanOrEqual(2);

    api.script({ hang: true }, { hang: true }, ...say(3));
    const before = calls("narrow").length;
    const run = await project.start(step(`agent: narrow\n${each(3)}\nmax-parallel: 3\n${once}`));
    await expect.poll(() => calls("narrow").length, { timeout: 20_000 }).toBe(before + 2);
    for (const worker of [project.worker, second]) process.kill(worker.pid, "SIGKILL");
    expect((await project.follow(run)).steps[0]).toMatchObject({ status: "completed", attempts: 1 });
  }, 60_000);
});

describe("a choice by load", () => {
  test("ten steps that begin together spread evenly over three agents, and the statistics say so", async () => {
    api.script(...say(10, 1500));
    const seen = api.requests.length;
    const agent = "agent: { among: [x, y, z], strategy: least_loaded }";
    const report = await project.run(step(`${agent}\n${each(10)}\n${once}`));
    expect(report.steps[0]).toMatchObject({ status: "completed", route: { decision: "use_primary" } });
    const counts = ["x", "y", "z"].map(
      (model) => api.requests.slice(seen).filter(({ body }) => body["model"] === model).length,
    );
    expect([...counts].sort()).toEqual([3, 3, 4]);
    const stats = await runCommand(project.dir, "route", "stats", "--json");
    const { totals } = JSON.parse(stats.stdout) as { totals: { decision: string; agent: string; count: number }[] };
    const ofThese = totals.filter((total) => ["x", "y", "z"].includes(total.agent));
    expect(ofThese.reduce((sum, { count }) => sum + count, 0)).toBe(10);
  });

  test("round_robin takes turns over runs", async () => {
    const used: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      api.script({ text: "Yes." });
      const report = await project.run(
        `---\nname: turns\n---\n${step("agent: { among: [x, y, z], strategy: round_robin }")}`,
      );
      used.push(report.steps[0]?.agent?.split(" ", 1)[0] ?? "");
    }
    expect(used).toEqual(["x", "y", "z", "x"]);
  });
});

describe("a step that finds nobody free", () => {
  const busy = step("agent: { primary: narrow, if-none: queue }");

  test("waits in the run, and goes on when somebody is", async () => {
    api.script({ text: "a", delayMs: 5000 }, { text: "b", delayMs: 5000 }, { text: "At last." });
    const before = calls("narrow").length;
    const first = await project.start(step(`agent: narrow\n${each(2)}`));
    await expect.poll(() => calls("narrow").length, { timeout: 20_000 }).toBe(before + 2);
    const run = await project.start(busy);
    const waiting = await project.reportWhen(run, ({ status }) => status === "waiting");
    expect(waiting.steps[0]).toMatchObject({ status: "waiting", route: { decision: "queue" } });
    expect((await project.follow(run)).steps[0]).toMatchObject({ status: "completed", output: "At last." });
    await project.follow(first);
  });

  test("is cancelled while it waits", async () => {
    api.script({ text: "a", delayMs: 4000 }, { text: "b", delayMs: 4000 });
    const before = calls("narrow").length;
    const first = await project.start(step(`agent: narrow\n${each(2)}`));
    await expect.poll(() => calls("narrow").length, { timeout: 20_000 }).toBe(before + 2);
    const run = await project.start(busy);
    await project.reportWhen(run, ({ status }) => status === "waiting");
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
    await project.follow(first);
    expect(calls("narrow")).toHaveLength(before + 2);
  });

  test("is refused where the file does not let it wait: exit 4", async () => {
    project.write("dear.md", step("agent: { among: [x, y], strategy: lowest_cost, max-usd: 0.5 }"));
    const seen = api.requests.length;
    const { code, stdout } = await runCommand(project.dir, "run", "dear.md", "--json");
    expect(JSON.parse(stdout).error).toMatchObject({ code: "route/rejected" });
    expect(code).toBe(4);
    expect(api.requests).toHaveLength(seen);
  });
});

test("attempts come after 1, 2 and 4 s, 10 % more or less", async () => {
  const report = await project.run(step("agent: slow\nretry: { max-attempts: 4 }"));
  expect(report.steps[0]).toMatchObject({ status: "failed", attempts: 4 });
  const times = calls("slow").map(({ atMs }) => atMs);
  const gaps = times.slice(1).map((at, index) => at - (times[index] as number));
  for (const [index, wanted] of [1000, 2000, 4000].entries()) {
    expect(gaps[index]).toBeGreaterThanOrEqual(wanted * 0.9 - 20);
    // The way through the server comes on top.
    expect(gaps[index]).toBeLessThanOrEqual(wanted * 1.1 + 300);
  }
});
