// What the commands about money say of runs on a real server, held against what a fake API has answered.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CostSum, ListedCall } from "../../src/ledger/read-costs.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { APIS } from "../agents/apis.ts";
import { type FakeApi, startFakeApi } from "../agents/fake-api.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type PaidApi, startPaidApi, USD_A_CALL, USE } from "./paid-api.ts";

let fake: FakeApi;
let api: PaidApi;
let project: TestProject;

const nameOf = (name: string) => name.replaceAll(/\W+/g, "-").replace(/-$/, "");

beforeAll(async () => {
  process.env["COMMANDS_KEY"] = "sk-none";
  [fake, api] = await Promise.all([startFakeApi(), startPaidApi()]);
  const agents = APIS.map(({ name, spec }) => {
    const { kind, baseUrl, model = "gpt-4o", options } = spec(fake.url);
    const more = options === undefined ? "" : `, options: ${JSON.stringify(options)}`;
    return `  ${nameOf(name)}: { kind: ${kind}, base-url: "${baseUrl}", model: ${model}, api-key-env: COMMANDS_KEY${more} }`;
  });
  project = await openProject({
    "aiworkflow.yaml": `agent: paid
agents:
  paid: { kind: anthropic, base-url: "${api.url}", api-key-env: COMMANDS_KEY, model: claude-sonnet-5-5, max-tokens: 1000 }
${agents.join("\n")}
  by-request: { kind: recorded, replies: one.yaml, price: { unit: requests, usd: 0.01 } }
  by-token: { kind: recorded, replies: one.yaml, price: { input: 2, output: 10, cache-read: 0.2 } }
  by-minute: { kind: recorded, replies: one.yaml, price: { unit: minutes, usd: 60 } }
  by-credit: { kind: recorded, replies: one.yaml, price: { unit: credits, usd: 0.001 } }
prices: { gpt-4o: { input: 7, output: 70 } }
`,
    "one.yaml":
      "requests: [a]\ntokens: [{ reply: a, usage: { inputTokens: 100000, outputTokens: 10000, reasoningTokens: 9000, cacheReadTokens: 1000000 } }]\nminutes: [{ reply: a, delay: 500ms }]\ncredits: [{ reply: a, usage: { credits: 7 } }]\n",
  });
});
afterAll(async () => {
  await project.close();
  await Promise.all([api.close(), fake.close()]);
});

const json = async (...args: readonly string[]) => {
  const { code, stdout } = await runCommand(project.dir, ...args, "--json");
  return { code, data: JSON.parse(stdout) };
};
const step = (title: string, agent: string) => `## ${title}\nSay it.\n\`\`\`yaml step\nagent: ${agent}\n\`\`\`\n`;

test("each unit is charged rightly, and reasoning once", async () => {
  const units = ["Requests", "Tokens", "Minutes", "Credits"];
  const { run } = await project.run(units.map((unit) => step(unit, `by-${unit.toLowerCase().slice(0, -1)}`)).join(""));
  const { rows }: { rows: readonly CostSum[] } = (await json("costs", "summary", "--run", run, "--by", "agent")).data;
  const usd = Object.fromEntries(rows.map((row) => [row.key ?? "", row.usd]));
  expect(usd).toEqual({
    "by-request": 0.01,
    "by-token": expect.closeTo(0.2 + 0.1 + 0.2, 9),
    "by-minute": expect.any(Number),
    "by-credit": 0.007,
  });
  expect(usd["by-minute"]).toBeGreaterThanOrEqual(0.5);
  expect(usd["by-minute"]).toBeLessThan(3);
});

test("a price of the project wins over the book", async () => {
  const { data } = await json("costs", "prices", "gpt-4o-2024");
  expect(data.prices).toMatchObject([{ model: "gpt-4o", input: 7, output: 70 }]);
  const book = await json("costs", "prices", "gpt-4o-mini-2024-07-18");
  expect(book.data.prices).toMatchObject([{ model: "gpt-4o", input: 7 }]);
  const { stdout } = await runCommand(project.dir, "costs", "prices", "claude-sonnet-5-5-20260901");
  expect(stdout).toMatch(/^claude-sonnet-5-5 +in .* \d{4}-\d\d-\d\d +\S+/m);
});

describe("what `show` says of usage is what the API has answered", () => {
  test.each(APIS)("$name", async ({ name, cacheWritten }) => {
    fake.script({ text: "Hello." });
    const { run } = await project.run(step("Ask", nameOf(name)));
    const { data } = await json("show", run);
    expect(data.usage).toMatchObject({
      inputTokens: 11,
      cacheReadTokens: 4,
      cacheWriteTokens: cacheWritten,
      outputTokens: 7,
      reasoningTokens: 2,
    });
    expect(data.steps[0]?.usage).toEqual(data.usage);
  });
});

describe("a limit that is added by command", () => {
  test("is passed by one call at most, though fifty steps begin at once; exit 4", async () => {
    const added = await json("costs", "limits", "add", "small", "--usd", "1", "--period", "day", "--model", "sonnet");
    expect(added.code).toBe(0);
    const before = api.calls.length;
    const items = JSON.stringify(Array.from({ length: 50 }, (_, item) => item));
    project.write("fifty.md", `## Ask\nSay it.\n\`\`\`yaml step\nfor-each: ${items}\nmax-parallel: 50\n\`\`\`\n`);
    const { code, data } = await json("run", "fifty.md");
    expect(data.error?.code).toBe("budget/exceeded");
    expect(code).toBe(4);
    expect(api.calls.length - before).toBe(Math.ceil(1 / USD_A_CALL));
    await json("costs", "limits", "remove", "small");
  });
});

test("right after a kill the budget says what is spent, and the call is there once", async () => {
  const before = api.calls.length;
  const head = "---\nbudget: { usd: 0.5 }\n---\n";
  const run = await project.start(`${head}## Ask\nSay it.\n## Wait\n\`\`\`yaml step\nwait: 1h\n\`\`\`\n`);
  await expect.poll(() => api.calls.length, { timeout: 20_000 }).toBe(before + 1);
  const budget = () => json("costs", "budget", "--run", run);
  await project.reportWhen(run, ({ status }) => status === "waiting");
  process.kill(project.worker.pid, "SIGKILL");
  const { data } = await budget();
  expect((data.budgets as readonly JsonObject[]).filter(({ period }) => period === "run")).toMatchObject([
    { usd: 0.5, spentUsd: expect.closeTo(USD_A_CALL, 9), leftUsd: expect.closeTo(0.5 - USD_A_CALL, 9) },
  ]);
  const { data: listed } = await json("costs", "list", "--run", run);
  expect(listed.calls).toMatchObject([{ run, step: "ask", agent: "paid", inputTokens: USE.input }]);
  await json("cancel", run);
});

test("sums are those of the records, also after the worker is another one, and what is forgotten is gone", async () => {
  const { calls: all }: { calls: readonly ListedCall[] } = (await json("costs", "list")).data;
  const sums = async () => (await json("costs", "summary", "--by", "model", "--since", "7d")).data;
  const { rows, total } = await sums();
  expect(total.calls).toBe(all.length);
  for (const { key, usd, calls, outputTokens } of rows) {
    const own = all.filter(({ model }) => model === key);
    expect(calls).toBe(own.length);
    expect(usd).toBeCloseTo(
      own.reduce((sum, one) => sum + (one.usd ?? 0), 0),
      9,
    );
    expect(outputTokens).toBe(own.reduce((sum, one) => sum + one.outputTokens, 0));
  }
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  expect((await json("costs", "prune", "--before", tomorrow)).data).toMatchObject({ calls: total.calls });
  expect((await sums()).total.calls).toBe(0);
});
