import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { STRATEGIES } from "../../src/plan/route.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const LONG = 700;

let project: TestProject;
beforeAll(async () => {
  const replies = `ask: [hello]\nearlier: [hello]\nlater: [hello]\neach: [${Array.from({ length: LONG }, () => "hello").join(", ")}]\n`;
  project = await openProject(
    {
      "replies.yaml": replies,
      "down.yaml": `ask: [{ error: { status: 400 } }]\nearlier: [{ error: { status: 400 } }]\nlater: [from the first]\n`,
      "aiworkflow.yaml": `agents:
  clever: { kind: recorded, replies: replies.yaml, model: claude-opus-5-5, profile: { accuracy: 0.95, priority: 2 } }
  cheap: { kind: recorded, replies: replies.yaml, model: claude-haiku-4-5, profile: { accuracy: 0.6, priority: 3 } }
  handy: { kind: recorded, replies: replies.yaml, model: claude-sonnet-5-5, profile: { accuracy: 0.8, priority: 1 } }
  down: { kind: recorded, replies: down.yaml }
`,
      "capabilities.yaml": "handy: { web-search: true, code-execution: true }\n",
    },
    // A small history, so that runs go on in new ones.
    { "limit.historyCount.suggestContinueAsNew": 60 },
  );
});
afterAll(() => project.close());

const step = (agent: string, more = "", title = "Ask") =>
  `## ${title}\nSay hello.\n\`\`\`yaml step\nagent: ${agent}\n${more}\n\`\`\`\n`;
const three = "among: [clever, cheap, handy]";

describe("each strategy", () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    capability_match: ["handy"],
    lowest_cost: ["cheap"],
    highest_quality: ["clever"],
    priority: ["handy"],
    least_loaded: ["clever", "cheap", "handy"],
    round_robin: ["clever"],
    random: ["clever", "cheap", "handy"],
    balanced: ["clever", "cheap", "handy"],
  };

  test.each(STRATEGIES)("%s: `route explain` says whom, and the run asks just that agent", async (strategy) => {
    const text = (by: string) =>
      `---\nname: by-${strategy.replaceAll("_", "-")}\n---\n${step(`{ ${three}, strategy: ${by} }`)}`;
    const flag = strategy === "priority" ? "lowest_cost" : "priority";
    project.write("explained.md", text(flag));
    const explain = ["route", "explain", "explained.md", "--strategy", strategy, "--json"];
    const { stdout } = await runCommand(project.dir, ...explain);
    const [explained] = JSON.parse(stdout).steps;
    expect(explained.choice.candidates).toHaveLength(3);
    const report = await project.run(text(strategy));
    const who = report.steps[0]?.agent?.split(" ", 1)[0] as string;
    expect(expected[strategy]).toContain(who);
    if (strategy !== "random") expect(explained.agent).toBe(who);
    expect(report.steps[0]?.route?.candidates).toHaveLength(3);
  });
});

test("the scores are printed, and other weights choose another agent", async () => {
  const explain = async (weights: string) => {
    project.write("weighed.md", step(`{ ${three}, strategy: balanced, weights: { ${weights} } }`));
    return (await runCommand(project.dir, "route", "explain", "weighed.md")).stdout;
  };
  const none = "capability: 0, availability: 0, load: 0";
  const byCost = await explain(`cost: 1, quality: 0, ${none}`);
  expect(byCost).toMatch(/^Ask: cheap by balanced, because /);
  expect(byCost).toMatch(
    /^AGENT +CAPABILITY +COST +QUALITY +AVAILABILITY +LOAD +TOTAL +A CALL +UNDER WAY +REJECTED BY$/m,
  );
  expect(byCost).toMatch(/^cheap +\d\.\d\d +(\d\.\d\d) +(\d\.\d\d +){3}\1 +\$0\.\d+ +0 *$/m);
  expect(await explain(`cost: 0, quality: 1, ${none}`)).toMatch(/^Ask: clever by balanced, /);
  const run = await project.run(step(`{ ${three}, strategy: balanced, weights: { cost: 1, quality: 0, ${none} } }`));
  expect(run.steps[0]?.agent).toMatch(/^cheap /);
});

test("`route explain` names the rule by which each agent is left out", async () => {
  const haiku = "kind: recorded, replies: replies.yaml, model: claude-haiku-4-5";
  const searches = "capabilities: { web-search: true }";
  const choice = `{ strategy: lowest_cost, among: [plain, dear, slow, clever, good], requires: [web-search], exclude: [clever], max-usd: 1, max-latency: 5s }`;
  project.write(
    "rules.md",
    `---
agents:
  plain: { ${haiku} }
  dear: { ${haiku}, ${searches}, price: { unit: requests, usd: 9 } }
  slow: { ${haiku}, ${searches}, profile: { latency: 9s } }
  good: { ${haiku}, ${searches} }
---
${step(choice)}`,
  );
  const { stdout } = await runCommand(project.dir, "route", "explain", "rules.md", "--json");
  const [explained] = JSON.parse(stdout).steps;
  expect(explained).toMatchObject({
    agent: "good",
    rejected: [
      { agent: "plain", rule: "lacks web-search" },
      { agent: "clever", rule: "excluded" },
    ],
    choice: {
      candidates: [
        { agent: "dear", rejected: "max-usd: a call costs about $9.00" },
        { agent: "slow", rejected: "max-latency: takes about 9000 ms, 5000 ms are allowed" },
        { agent: "good" },
      ],
    },
  });
  const text = (await runCommand(project.dir, "route", "explain", "rules.md")).stdout;
  expect(text).toMatch(/^dear .* max-usd: a call costs about \$9\.00$/m);
  expect(text).toContain("plain is left out: lacks web-search");
});

test("`agent info` prints the profile, and an agent that is taken away is chosen no more", async () => {
  const config = project.read("aiworkflow.yaml");
  const whole =
    "profile: { accuracy: 0.6, reliability: 0.9, speed: 0.7, priority: 3, latency: 2s, tags: [writing] }, rate: { requests-per-minute: 50, max-parallel: 8 }";
  project.write("aiworkflow.yaml", config.replace("profile: { accuracy: 0.6, priority: 3 }", whole));
  try {
    const info = await runCommand(project.dir, "agent", "info", "cheap", "--json");
    expect(JSON.parse(info.stdout)).toMatchObject({
      kind: "recorded",
      model: "claude-haiku-4-5",
      profile: { accuracy: 0.6, reliability: 0.9, speed: 0.7, priority: 3, latencyMs: 2000, tags: ["writing"] },
      rate: { requestsPerMinute: 50, maxParallel: 8 },
    });
    const text = (await runCommand(project.dir, "agent", "info", "cheap")).stdout;
    for (const line of ["accuracy: 0.6", "reliability: 0.9", "tags: writing", "requestsPerMinute: 50"])
      expect(text).toContain(line);
    const open = step("{ strategy: lowest_cost, exclude: [down] }");
    expect((await project.run(open)).steps[0]?.agent).toMatch(/^cheap /);
    project.write("aiworkflow.yaml", config.replace(/^ {2}cheap: .*\n/m, ""));
    const [left] = (await project.run(open)).steps;
    expect(left?.agent).toMatch(/^handy /);
    expect(left?.route?.candidates?.map(({ agent }) => agent)).toEqual(["clever", "handy"]);
  } finally {
    project.write("aiworkflow.yaml", config);
  }
});

test("one file under three presets picks differently", async () => {
  const pick = async (preset: string) => {
    const report = await project.run(step(`{ ${three}, preset: ${preset} }`));
    return report.steps[0]?.agent?.split(" ", 1)[0];
  };
  expect([await pick("default"), await pick("cost_optimised"), await pick("quality_optimised")]).toEqual([
    "handy",
    "cheap",
    "clever",
  ]);
});

test("over the bound of one call the cheaper agent answers, and nobody where none is cheap enough", async () => {
  const dear = await project.run(step(`{ primary: clever, fallback: [cheap], max-usd: 0.01 }`));
  expect(dear.steps[0]).toMatchObject({ route: { decision: "switch_agent" }, agent: expect.stringMatching(/^cheap/) });
  const none = await project.run(step(`{ primary: clever, fallback: [cheap], max-usd: 0.000001 }`));
  expect(none.error).toMatchObject({ code: "route/rejected" });
  expect(none.steps[0]).toMatchObject({ status: "failed", route: { decision: "reject" } });
});

test("`-a NAME` takes the place of the choice of project and front matter", async () => {
  project.write("fallback.md", `---\nagent: { primary: down, fallback: [cheap] }\n---\n## Ask\nSay hello.\n`);
  const plan = await runCommand(project.dir, "plan", "fallback.md", "-a", "clever");
  expect(JSON.parse(plan.stdout).steps[0]).toMatchObject({ agent: "clever" });
  expect(JSON.parse(plan.stdout).steps[0]).not.toHaveProperty("route");
  const wrong = await runCommand(project.dir, "plan", "fallback.md", "-a", "clevr");
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean clever?") });
});

test("who failed, and who took over, is known in the histories that a run goes on in", async () => {
  const choice = "{ primary: down, fallback: [cheap] }";
  const pauses = Array.from({ length: 40 }, (_, n) => `## Pause ${n}\n\`\`\`yaml step\nwait: 1ms\n\`\`\`\n`).join("\n");
  const run = await project.start(
    `${step(choice, "retry: { max-attempts: 1 }", "Earlier")}\n${pauses}\n${step(choice, "", "Later")}`,
  );
  const report = await project.follow(run);
  const earlier = report.steps.find(({ id }) => id === "earlier");
  const later = report.steps.find(({ id }) => id === "later");
  expect(earlier?.failovers).toMatchObject([{ from_agent: "down", to_agent: "cheap", step_index: 0 }]);
  expect(later).toMatchObject({ agent: expect.stringMatching(/^cheap/), route: { decision: "use_fallback" } });
  expect((await project.history(run)).filter((kind) => kind === "workflowExecutionStarted")).toHaveLength(1);
});

test("items of a long loop that runs in parts are handed over, and the report tells of it", async () => {
  const items = `for-each: "\${{ ${JSON.stringify(Array.from({ length: LONG }, (_, n) => n))} }}"\nmax-parallel: 50`;
  const report = await project.run(
    step("{ primary: down, fallback: [cheap] }", `${items}\nretry: { max-attempts: 1 }`, "Each"),
  );
  expect(report.steps[0]).toMatchObject({ status: "completed", items: { completed: LONG } });
  expect(report.steps[0]?.failovers?.[0]).toMatchObject({
    step_index: 0,
    step: expect.stringMatching(/^each\[\d+\]$/),
  });
  expect(report.steps[0]?.failovers?.length).toBeLessThanOrEqual(100);
}, 120_000);

test("parts of a long loop know who failed in their run a short while ago", async () => {
  const choice = "{ primary: down, fallback: [cheap] }";
  const items = `for-each: "\${{ ${JSON.stringify(Array.from({ length: LONG }, (_, n) => n))} }}"\nmax-parallel: 50`;
  const once = "retry: { max-attempts: 1 }";
  const report = await project.run(`${step(choice, once, "Earlier")}\n${step(choice, `${items}\n${once}`, "Each")}`);
  expect(report.steps.map(({ failovers }) => failovers?.length)).toEqual([1, undefined]);
  expect(report.steps[1]).toMatchObject({ items: { completed: LONG }, route: { decision: "use_fallback" } });
}, 120_000);
