import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { decide } from "../../src/client/decide.ts";
import { addLimit, removeLimit } from "../../src/ledger/limits.ts";
import { type Ledger, openLedger } from "../../src/ledger/open-ledger.ts";
import { listCalls, sumCosts } from "../../src/ledger/read-costs.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let project: TestProject;
let ledger: Ledger;
let receiver: Server;
let onAlert: () => Promise<void> = async () => undefined;

const call = (operation: string) => `{ call: shop.${operation} }`;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    request.resume().on("end", () => void onAlert().then(() => response.end()));
  });
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  project = await openProject({
    "aiworkflow.yaml": `agents:
  buyer: { kind: recorded, replies: buyer.yaml, price: { unit: requests, usd: 0.01 } }
  frugal: { kind: recorded, replies: frugal.yaml, price: { unit: requests, usd: 0.001 } }
  aide: { kind: recorded, replies: aide.yaml }
alerts: { webhook: "http://127.0.0.1:${(receiver.address() as AddressInfo).port}" }
`,
    "buyer.yaml": [
      `shop: [${call("look")}, Done.]`,
      `many: [{ calls: [${call("look")}, ${call("look")}, ${call("look")}] }, Done.]`,
      `cheap: [{ calls: [${call("look")}, ${call("look")}] }]`,
      'work: [{ call: agent.aide, with: { task: "Look." } }, Done.]',
      `vague: [${call("exact")}, Sorry.]`,
      `angry: [${call("broken")}, Sorry.]`,
    ].join("\n"),
    "aide.yaml": `work/aide-1: [{ calls: [${call("look")}, ${call("look")}, ${call("look")}] }]\n`,
    "frugal.yaml": "cheap: [Went without.]\n",
    "tools/shop.sh": [
      "#!/bin/bash",
      'echo "$1" >> "$1-calls"',
      '[ "$1" = broken ] && exit 1',
      '[ "$1" = flaky ] && [ "$(wc -l < flaky-calls)" -lt 3 ] && exit 1',
      'echo "\\"$1\\""',
      "",
    ].join("\n"),
    "tools/shop.yaml": `operations:
  buy: { cost: { usd: 0.5 } }
  look: { effect: read, cost: { usd: 0.25 } }
  flaky: { effect: read, cost: { usd: 0.25 } }
  broken: { effect: read, cost: { usd: 0.25 } }
  back: { effect: idempotent, cost: { usd: 0.125 } }
  exact: { effect: read, cost: { usd: 0.25 }, parameters: { what: string } }
  free: { effect: read }
`,
  });
  ledger = openLedger(join(project.dir, ".aiworkflow", "artifacts"));
});
afterAll(async () => {
  ledger.close();
  await project.close();
  receiver.close();
});
afterEach(() => {
  for (const name of ["buy", "look", "flaky", "broken", "back"]) project.remove(`${name}-calls`);
});

const made = (operation: string) => project.read(`${operation}-calls`).split("\n").filter(Boolean).length;
const front = (head: string) => (head === "" ? "" : `---\n${head}\n---\n`);
const step = (operation: string, more = "", title = "Shop") =>
  `## ${title}\n\`\`\`yaml step\nuses: shop.${operation}\n${more}\n\`\`\`\n`;
const agent = (title: string, more = "tools: [shop.*]") =>
  `## ${title}\nBuy.\n\`\`\`yaml step\nagent: buyer\n${more}\n\`\`\`\n`;
const spent = (run: string) => sumCosts(ledger, "model", { run }).total;

test("stands in the report of run and step, in `show`, in the ledger and its sums", async () => {
  project.write("both.md", `---\nname: both\n---\n${step("buy", "", "First")}${agent("Shop")}`);
  const { code, stdout } = await runCommand(project.dir, "run", "both.md", "--json");
  const report = JSON.parse(stdout) as RunReport;
  expect([code, report.error]).toEqual([0, null]);
  expect(report.usage.usd).toBeCloseTo(0.5 + 0.25 + 2 * 0.01, 9);
  expect(report.steps.map(({ usage }) => usage?.usd)).toEqual([0.5, 0.27]);
  expect(listCalls(ledger, { run: report.run }, 10).filter(({ kind }) => kind === "tool")).toMatchObject([
    { step: "shop", agent: "buyer", model: "shop.look", usd: 0.25, priceBook: "own", inputTokens: 0 },
    { step: "first", agent: "shop.buy", model: "shop.buy", usd: 0.5, workflow: "both" },
  ]);
  const show = await runCommand(project.dir, "show", report.run);
  expect(show.stdout).toContain("- cost: $0.77");
  const summary = await runCommand(project.dir, "costs", "summary", "--run", report.run, "--by", "model", "--json");
  const { rows, total } = JSON.parse(summary.stdout) as {
    rows: { key: string; usd: number }[];
    total: { usd: number };
  };
  expect(rows.map(({ key, usd }) => [key, usd])).toEqual([
    ["shop.buy", 0.5],
    ["shop.look", 0.25],
    ["recorded", 0.02],
  ]);
  expect(total.usd).toBeCloseTo(0.77, 9);
});

test("is in the estimate: of a step for sure, of an agent up to all the calls that it may make", async () => {
  project.write("plan.md", `${step("buy", "for-each: [1, 2, 3]", "First")}${agent("Shop")}${step("free", "", "Last")}`);
  const { stdout } = await runCommand(project.dir, "costs", "estimate", "plan.md", "--json");
  const { steps, least } = JSON.parse(stdout) as {
    steps: { path: string; model: string; least: number; most: number | null }[];
    least: number;
  };
  expect(steps).toMatchObject([
    { path: "first", model: "shop.buy", least: 1.5, most: 1.5, calls: { least: 3, most: 3 } },
    { path: "shop", model: "recorded", least: 0.02, most: null },
  ]);
  expect(least).toBeCloseTo(1.52, 9);
});

describe("one call is paid once", () => {
  test("over its attempts", async () => {
    const report = await project.run(step("flaky", "retry: { max-attempts: 4, initial-interval: 10ms }"));
    expect(report.steps[0]).toMatchObject({ status: "completed", attempts: 3, usage: { usd: 0.25 } });
    expect(made("flaky")).toBe(3);
    expect(spent(report.run)).toMatchObject({ calls: 1, usd: 0.25 });
  });

  test("also where the tool says each time that it failed, and the report says so", async () => {
    const report = await project.run(step("broken", "retry: { max-attempts: 2, initial-interval: 10ms }"));
    expect(report.error?.code).toBe("tool/failed");
    expect(report.usage.usd).toBe(0.25);
    expect(report.steps[0]).toMatchObject({ attempts: 2, usage: { usd: 0.25 } });
    expect(spent(report.run)).toMatchObject({ calls: 1, usd: 0.25 });
    const told = await project.run(agent("Angry"));
    expect(told).toMatchObject({ status: "completed", usage: { usd: 0.27 } });
  });

  test("where its arguments are refused before it is made, nothing is", async () => {
    const report = await project.run(step("buy", 'with: { x: "${{ 1 / 0 }}" }'));
    expect([report.usage.usd, made("buy")]).toEqual([0, 0]);
    expect(spent(report.run).calls).toBe(0);
    const told = await project.run(agent("Vague"));
    expect([told.status, told.usage.usd, made("exact")]).toEqual(["completed", 0.02, 0]);
    expect(spent(told.run)).toMatchObject({ calls: 2, usd: 0.02 });
  });

  test("where its worker is killed as soon as it is paid: the answer is in the ledger, though it acts at most once", async () => {
    const held = new Promise<void>((told) => (onAlert = () => (told(), new Promise(() => undefined))));
    const run = await project.start(`${front("budget: { usd: 2, alert-at: [0.1] }")}${step("buy")}`);
    await held;
    onAlert = async () => undefined;
    process.kill(project.worker.pid, "SIGKILL");
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "buy", usage: { usd: 0.5 } });
    expect(made("buy")).toBe(1);
    expect(spent(run)).toMatchObject({ calls: 1, usd: 0.5 });
  });
});

describe("budgets and limits", () => {
  test("of a run: no call begins that has no room, over all items, exit 4", async () => {
    project.write("items.md", `${front("budget: { usd: 1 }")}${step("buy", "for-each: [1, 2, 3, 4, 5]")}`);
    const { code, stdout } = await runCommand(project.dir, "run", "items.md", "--json");
    const report = JSON.parse(stdout) as RunReport;
    expect(report.error).toMatchObject({ code: "budget/exceeded", step: "shop" });
    expect(code).toBe(4);
    expect(made("buy")).toBe(2);
    expect(report.usage.usd).toBe(1);
  });

  test("of a step, of a group around it, and of tokens, which it does not need", async () => {
    const own = await project.run(step("buy", "for-each: [1, 2, 3]\nmax-parallel: 1\nbudget: { usd: 0.6 }"));
    expect([own.error?.code, made("buy")]).toEqual(["budget/exceeded", 1]);
    const group = `## All\n\`\`\`yaml step\nbudget: { usd: 0.3 }\ngroup: { sequence: true }\n\`\`\`\n${step("look", "", "A")}${step("look", "", "B")}`;
    const around = await project.run(group.replaceAll(/## (A|B)$/gm, "### $1"));
    expect([around.error?.step, made("look")]).toEqual(["all.b", 1]);
    const tokens = await project.run(`${front("budget: { tokens: 1 }")}${step("buy")}`);
    expect(tokens.status).toBe("completed");
  });

  test("of a sub-agent: what it buys is of its share", async () => {
    const aide = "agents: { aide: { agent: aide, tools: [shop.look], budget-share: 0.25, description: looks } }";
    const report = await project.run(`${front("budget: { usd: 2 }")}${agent("Work", aide)}`);
    expect(report.steps[0]).toMatchObject({
      status: "completed",
      agents: [{ path: "work/aide-1", error: { code: "budget/exceeded" } }],
    });
    expect(made("look")).toBe(2);
    const { calls, usd } = sumCosts(ledger, "model", { run: `${report.run}#work/aide-1` }).total;
    expect([calls, usd]).toEqual([3, 0.5]);
  });

  test("of a store", async () => {
    const { usd } = sumCosts(ledger, "model", {}).total;
    addLimit(ledger, { name: "day", period: "day", usd: usd + 0.5, onLimit: "stop", alertAt: [] });
    try {
      const report = await project.run(step("buy", "for-each: [1, 2]"));
      expect([report.error?.code, made("buy")]).toEqual(["budget/exceeded", 1]);
    } finally {
      removeLimit(ledger, "day");
    }
  });

  test("people who are asked let a step go on, and an agent whose three calls wait for the same answer", async () => {
    const shop = await project.start(
      `${front("budget: { usd: 0.5, on-limit: ask }")}${step("buy", "for-each: [1, 2]")}`,
    );
    await project.reportWhen(shop, ({ status }) => status === "waiting");
    expect(made("buy")).toBe(1);
    await decide(project.connected, { run: shop, decision: "approve", by: "ann" });
    expect(await project.follow(shop)).toMatchObject({ status: "completed", usage: { usd: 1 } });

    const run = await project.start(
      `${front("budget: { usd: 0.26, on-limit: ask }")}${agent("Many", "tools: [shop.look]")}`,
    );
    const waiting = await project.reportWhen(run, ({ status }) => status === "waiting");
    expect(waiting.approvals.filter(({ status }) => status === "pending")).toHaveLength(1);
    for (let answers = 0; answers < 3; answers += 1) {
      const { status } = await project.follow(run, "waiting");
      if (status !== "waiting") break;
      await decide(project.connected, { run, decision: "approve", by: "ann" });
      await project.reportWhen(
        run,
        ({ approvals }) => approvals.every((one) => one.status !== "pending") || approvals.length > answers + 1,
      );
    }
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "completed", usage: { usd: 0.77 } });
    expect(made("look")).toBe(3);
  });

  test("the cheaper agent goes on where a call of a tool has no room; a step that calls one itself stops", async () => {
    const head = front("budget: { usd: 0.3, on-limit: switch, switch-to: frugal }");
    const report = await project.run(head + agent("Cheap", "tools: [shop.look]"));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Went without." });
    const alone = await project.run(head + step("buy", "for-each: [1, 2]"));
    expect(alone.error?.code).toBe("budget/exceeded");
    expect(alone.error?.message).toContain("no other agent");
  });

  test("an undo is counted and never refused", async () => {
    const report = await project.run(
      `${front("budget: { usd: 0.5 }\non-failure: rollback")}${step("buy", "undo: { uses: shop.back }")}${step("look", "", "Second")}`,
    );
    expect(report).toMatchObject({ status: "compensated", error: { code: "budget/exceeded", step: "second" } });
    expect([made("back"), report.usage.usd]).toEqual([1, 0.625]);
    expect(spent(report.run).usd).toBe(0.625);
  });
});
