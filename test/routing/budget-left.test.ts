import { afterAll, beforeAll, expect, test } from "vitest";
import { type PaidApi, startPaidApi, USD_A_CALL } from "../costs/paid-api.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let api: PaidApi;
let project: TestProject;
beforeAll(async () => {
  process.env["PAID_KEY"] = "sk-none";
  api = await startPaidApi();
  const paid = `kind: anthropic, base-url: "${api.url}", api-key-env: PAID_KEY, max-tokens: 1000`;
  project = await openProject({
    "aiworkflow.yaml": `agents:
  dear: { ${paid}, model: claude-sonnet-5-5 }
  cheap: { ${paid}, model: cheap-1, price: { unit: requests, usd: 0.0001 } }
`,
  });
});
afterAll(async () => {
  await project.close();
  await api.close();
});

const step = (title: string, more = "") =>
  `## ${title}\nSay hello.\n\`\`\`yaml step\nagent: { primary: dear, fallback: [cheap]${more} }\n\`\`\`\n`;
const json = async (...args: readonly string[]) =>
  JSON.parse((await runCommand(project.dir, ...args, "--json")).stdout);

test("what is left of a budget is an input of the choice: told before, kept in the decision, the same when replayed", async () => {
  const enoughForOne = USD_A_CALL + 0.005;
  project.write("twice.md", `---\nbudget: { usd: ${enoughForOne} }\n---\n${step("First")}${step("Second")}`);
  const explained = await json("route", "explain", "twice.md");
  expect(explained.steps[0].choice).toMatchObject({ budgetLeftUsd: enoughForOne, order: ["dear", "cheap"] });
  const told = await runCommand(project.dir, "route", "explain", "twice.md");
  expect(told.stdout).toContain("Its budget leaves $0.215.");

  const { run } = await json("run", "twice.md");
  const { steps } = await json("show", run);
  expect(steps[0]).toMatchObject({ route: { decision: "use_primary", budgetLeftUsd: enoughForOne } });
  expect(steps[1]).toMatchObject({
    status: "completed",
    agent: expect.stringMatching(/^cheap/),
    route: { decision: "switch_agent", budgetLeftUsd: expect.closeTo(0.005, 9) },
  });
  expect(steps[1].route.reason).toBe(`dear is too dear: budget: the budget of ${run} leaves $0.005`);
  expect(steps[1].route.candidates[0]).toMatchObject({ agent: "dear", rejected: expect.stringContaining("leaves") });
  expect((await runCommand(project.dir, "replay", run)).code).toBe(0);
});

test("a step's own budget counts, too; where the file says reject, nobody is called", async () => {
  const before = api.calls.length;
  const text = step("Only", ", over-budget: reject").replace("\n```\n", "\nbudget: { usd: 0.005 }\n```\n");
  project.write("only.md", text);
  const ended = await runCommand(project.dir, "run", "only.md", "--json");
  expect(ended.code).toBe(4);
  expect(JSON.parse(ended.stdout).steps[0].route).toMatchObject({ decision: "reject", budgetLeftUsd: 0.005 });
  expect(api.calls).toHaveLength(before);
});

test("where nobody is cheap enough the budget does what it says: people are asked", async () => {
  const text = step("Ask").replace("\n```\n", "\nbudget: { usd: 0.00001, on-limit: ask }\n```\n");
  const report = await project.follow(await project.start(text), "waiting");
  expect(report.status).toBe("waiting");
  expect(report.steps[0]?.route?.reason).toContain("nobody is cheaper, so its budget decides");
  expect(report.approvals[0]?.message).toContain("Approve to add");
});

test("without a budget in US dollars the order of the file is taken without a look at the ledger", async () => {
  const run = await project.start(`---\nbudget: { tokens: 1000000 }\n---\n${step("Ask")}`);
  const report = await project.follow(run);
  expect(report.steps[0]?.route).toEqual({
    decision: "use_primary",
    reason: "it is the first in the file",
    estimate: null,
  });
});
