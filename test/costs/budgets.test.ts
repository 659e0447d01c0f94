import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { decide } from "../../src/client/decide.ts";
import { addLimit, removeLimit } from "../../src/ledger/limits.ts";
import { type Ledger, openLedger } from "../../src/ledger/open-ledger.ts";
import { listCalls, sumCosts } from "../../src/ledger/read-costs.ts";
import type { Limit } from "../../src/plan/budget.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type PaidApi, startPaidApi, USD_A_CALL, USE } from "./paid-api.ts";

const ITEMS = Array.from({ length: 50 }, (_, index) => index);

let api: PaidApi;
let receiver: Server;
const alerts: JsonObject[] = [];
let project: TestProject;
let ledger: Ledger;
let seen = 0;
let onAlert: () => Promise<void> = async () => undefined;

beforeAll(async () => {
  process.env["PAID_KEY"] = "sk-none";
  api = await startPaidApi();
  receiver = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      alerts.push(JSON.parse(text) as JsonObject);
      void onAlert().then(() => response.end());
    });
  });
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  const paid = `kind: anthropic, base-url: "${api.url}", api-key-env: PAID_KEY, max-tokens: 1000`;
  project = await openProject({
    "aiworkflow.yaml": `agent: paid
agents:
  paid: { ${paid}, model: claude-sonnet-5-5 }
  strange: { ${paid}, model: mystery-1 }
  cheap: { ${paid}, model: cheap-1, price: { unit: requests, usd: 0.0001 } }
  by-request: { kind: recorded, replies: requests.yaml, price: { unit: requests, usd: 0.01 } }
alerts:
  webhook: "http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts"
  command: cat >> alerts.jsonl
`,
    "requests.yaml": `many: [${Array(501).fill("a").join(", ")}]\n`,
  });
  ledger = openLedger(join(project.dir, ".aiworkflow", "artifacts"));
});
afterAll(async () => {
  ledger.close();
  await project.close();
  await api.close();
  receiver.close();
});
beforeEach(() => {
  seen = api.calls.length;
  alerts.length = 0;
});

const calls = () => api.calls.length - seen;
const ask = (step = "", head = "") =>
  `${head === "" ? "" : `---\n${head}\n---\n`}## Ask\nSay something.\n\`\`\`yaml step\n${step}\n\`\`\`\n`;
const loop = (items: readonly unknown[] = ITEMS, more = "") =>
  `for-each: ${JSON.stringify(items)}\nmax-parallel: 50\n${more}`;

describe("a budget of a run", () => {
  test("lets fifty calls side by side pass it by one call at most, and says so", async () => {
    const report = await project.run(ask(loop(), "budget: { usd: 1 }"));
    expect(report).toMatchObject({ status: "failed", error: { code: "budget/exceeded", step: "ask" } });
    expect(report.usage.usd).toBeCloseTo(5 * USD_A_CALL, 9);
    expect(calls()).toBe(5);
    const { total } = sumCosts(ledger, "model", { run: report.run });
    expect(total).toMatchObject({ calls: 5, inputTokens: 5 * USE.input, outputTokens: 5 * USE.output });
    expect(total.usd).toBeCloseTo(5 * USD_A_CALL, 9);
  });

  test("stands in the report of the run and of the step, and every call in the ledger with its price book", async () => {
    const report = await project.run(ask("", "budget: { usd: 1 }\nlabels: { team: red }"));
    expect(report.status).toBe("completed");
    expect(report.steps[0]?.usage?.usd).toBeCloseTo(USD_A_CALL, 9);
    expect(listCalls(ledger, { run: report.run }, 10)).toMatchObject([
      { step: "ask", agent: "paid", model: "claude-sonnet-5-5", priceBook: "2026-11-26", labels: { team: "red" } },
    ]);
  });

  test("counts tokens, too", async () => {
    const report = await project.run(ask(loop([1, 2, 3]), "budget: { tokens: 150000 }"));
    expect(report.error?.code).toBe("budget/exceeded");
    expect(calls()).toBe(2);
  });

  test("cannot be kept for a model whose price nobody knows: no call is made", async () => {
    const report = await project.run(ask("agent: strange", "budget: { usd: 1 }"));
    expect(report.error?.code).toBe("budget/unknown-price");
    expect(calls()).toBe(0);
    const free = await project.run(ask("agent: strange"));
    expect(free.usage.usd).toBeNull();
  });

  test("holds for child runs and theirs, with a budget of its own a child stops sooner", async () => {
    project.write("child.md", ask(loop([1, 2])));
    project.write("frugal.md", ask(loop([1, 2, 3]), "budget: { usd: 0.3 }"));
    const child = (name: string, head: string) =>
      `---\n${head}\n---\n## Call\n\`\`\`yaml step\nworkflow: ${name}\n\`\`\`\n## Again\nAgain.\n## Last\nLast.\n`;
    const report = await project.run(child("child.md", "budget: { usd: 0.5 }"));
    expect(report.error).toMatchObject({ code: "budget/exceeded", step: "last" });
    expect(calls()).toBe(3);
    const own = await project.run(child("frugal.md", "budget: { usd: 5 }"));
    expect(own.error).toMatchObject({ code: "budget/exceeded", step: "call" });
    expect(calls()).toBe(5);
  });

  test("holds for the parts of a long loop", async () => {
    const items = Array.from({ length: 501 }, (_, index) => index);
    const step = `agent: by-request\n${loop(items)}`;
    project.write("many.md", ask(step, "budget: { usd: 0.1 }").replace("## Ask", "## Many"));
    const { code, stdout } = await runCommand(project.dir, "run", "many.md", "--json");
    const report = JSON.parse(stdout) as RunReport;
    expect(report.error).toMatchObject({ code: "budget/exceeded", step: "many" });
    expect(report.error?.message).toMatch(/491 of 501 items failed \(\d+(, \d+){19}, …\); the first: the budget of /);
    expect(code).toBe(4);
    expect(report.usage.usd).toBeCloseTo(0.1, 9);
  });
});

describe("a call that came to no answer", () => {
  test("is noted with what it used, and counts to the budget", async () => {
    api.stops.push("max_tokens");
    const report = await project.run(ask(loop([1, 2, 3]), "budget: { usd: 0.2 }"));
    expect(calls()).toBe(1);
    expect(report.error?.message).toContain("3 of 3 items failed");
    expect(report.usage.usd).toBeCloseTo(USD_A_CALL, 9);
    expect(listCalls(ledger, { run: report.run }, 10)).toMatchObject([
      { agent: "paid", inputTokens: USE.input, outputTokens: USE.output, usd: expect.closeTo(USD_A_CALL, 9) },
    ]);
  });

  test("costs by itself: two attempts that broke off and one that did not are three", async () => {
    api.stops.push(null, null);
    const report = await project.run(ask("retry: { max-attempts: 3, initial-interval: 10ms }"));
    expect(report).toMatchObject({ status: "completed", usage: { inputTokens: 3 * USE.input } });
    expect(report.steps[0]?.usage).toMatchObject({ inputTokens: 3 * USE.input, outputTokens: USE.output + 2 });
    const { total } = sumCosts(ledger, "model", { run: report.run });
    expect(total).toMatchObject({ calls: 3, inputTokens: 3 * USE.input });
  });
});

describe("on the limit", () => {
  test("a step's budget lets no call begin that might cost more", async () => {
    const report = await project.run(ask("budget: { usd: 0.005 }"));
    expect(report.error).toMatchObject({ code: "budget/exceeded" });
    expect(report.steps[0]).toMatchObject({ status: "failed", attempts: 1 });
    expect(calls()).toBe(0);
  });

  test("the cheaper agent goes on", async () => {
    const head = "budget: { usd: 0.4, on-limit: switch, switch-to: cheap }";
    const report = await project.run(ask(loop(ITEMS.slice(0, 6)), head));
    expect(report.error).toBeNull();
    const models = api.calls.slice(seen).map(({ model }) => model);
    expect(models.toSorted()).toEqual([...Array(4).fill("cheap-1"), ...Array(2).fill("claude-sonnet-5-5")]);
    expect(report.usage.usd).toBeCloseTo(2 * USD_A_CALL + 4 * 0.0001, 9);
    expect(report.notices.join("\n")).toContain("cheap goes on for paid");
  });

  test("people are asked once; what they add lets the run go on", async () => {
    const run = await project.start(ask(loop(ITEMS.slice(0, 4)), "budget: { usd: 0.4, on-limit: ask }"));
    const waiting = await project.reportWhen(run, ({ status }) => status === "waiting");
    expect(calls()).toBe(2);
    expect(waiting.approvals.filter(({ status }) => status === "pending")).toHaveLength(1);
    const [question] = waiting.approvals;
    expect(question?.message).toContain("Approve to add $0.4");
    await decide(project.connected, { run, decision: "approve", by: "ann" });
    const report = await project.follow(run);
    expect(report.status).toBe("completed");
    expect(calls()).toBe(4);
  });

  test("people who do not add end it", async () => {
    const run = await project.start(ask(loop([1, 2]), "budget: { usd: 0.2, on-limit: ask }"));
    await project.reportWhen(run, ({ status }) => status === "waiting");
    await decide(project.connected, { run, decision: "reject", by: "ann" });
    const report = await project.follow(run);
    expect(report.error).toMatchObject({ code: "budget/exceeded" });
    expect(report.error?.message).toContain("ann did not add to it");
    expect(calls()).toBe(1);
  });

  test("somebody is told, and nothing else happens", async () => {
    const report = await project.run(ask(loop([1, 2]), "budget: { usd: 0.2, on-limit: alert, alert-at: [1] }"));
    expect(report.status).toBe("completed");
    expect(calls()).toBe(2);
    expect(alerts).toMatchObject([{ level: "CRITICAL", threshold: 1 }]);
  });
});

test("a warning at 80 % and a critical one at 100 %, one each: to the webhook, the command and the report", async () => {
  const run = await project.start(ask(loop(ITEMS.slice(0, 8)), "budget: { usd: 1.05, alert-at: [0.8, 1] }"));
  const report = await project.follow(run);
  expect(alerts.map(({ level, threshold, budget }) => [level, threshold, budget])).toEqual([
    ["WARNING", 0.8, `the budget of ${run}`],
    ["CRITICAL", 1, `the budget of ${run}`],
  ]);
  expect(report.notices.filter((notice) => /^(WARNING|CRITICAL)/.test(notice))).toHaveLength(2);
  const told = project.read("alerts.jsonl").split(/(?<=\})(?=\{)/);
  expect(told.filter((line) => line.includes(run))).toHaveLength(2);
});

describe("a limit of the store", () => {
  const limit = (more: Partial<Limit>): Limit => ({
    name: "test",
    period: "day",
    usd: 0.01,
    onLimit: "stop",
    alertAt: [],
    ...more,
  });
  afterEach(() => void removeLimit(ledger, "test"));

  test.each<[string, Partial<Limit>, boolean]>([
    ["all calls", {}, true],
    ["its model", { model: "sonnet-5-5" }, true],
    ["another model", { model: "opus" }, false],
    ["its agent", { agent: "paid" }, true],
    ["another agent", { agent: "cheap" }, false],
    ["another workflow", { workflow: "other" }, false],
    ["each run", { period: "run" }, false],
  ])("of %s", async (_, more, isOver) => {
    // What the tests above have spent today counts.
    addLimit(ledger, limit(more));
    const report = await project.run(ask());
    expect(report.status).toBe(isOver ? "failed" : "completed");
    expect(calls()).toBe(isOver ? 0 : 1);
  });

  test("can make calls wait for the next day", async () => {
    addLimit(ledger, limit({ onLimit: "queue" }));
    const run = await project.start(ask());
    const report = await project.reportWhen(run, ({ status }) => status === "waiting");
    const tomorrow = new Date(Math.floor(Date.now() / 86_400_000 + 1) * 86_400_000).toISOString();
    expect(report.notices.join("\n")).toContain(`waits for ${tomorrow}`);
    expect(calls()).toBe(0);
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
  });
});

test("a worker that is killed as soon as its call is paid makes nobody pay twice", async () => {
  // The receiver holds the worker up between the call and the end of its activity.
  const held = new Promise<void>((told) => (onAlert = () => (told(), new Promise(() => undefined))));
  const run = await project.start(ask("", "budget: { usd: 2, alert-at: [0.1] }"));
  await held;
  onAlert = async () => undefined;
  process.kill(project.worker.pid, "SIGKILL");
  const report = await project.follow(run);
  expect(report.status).toBe("completed");
  expect(calls()).toBe(1);
  expect(listCalls(ledger, { run }, 10)).toMatchObject([{ run, step: "ask", usd: expect.closeTo(USD_A_CALL, 9) }]);
  expect(report.usage.usd).toBeCloseTo(USD_A_CALL, 9);
});
