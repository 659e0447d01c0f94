// An agent goes on for another with all that was said and done: what was done is not done again, and where nobody knows, nobody goes on.
import { chmodSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { controlRun } from "../../src/client/control-run.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { type FakeApi, startFakeApi } from "../agents/fake-api.ts";
import type { Act } from "../agents/fake-program.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let one: FakeApi;
let two: FakeApi;
let project: TestProject;
beforeAll(async () => {
  [one, two] = await Promise.all([startFakeApi(), startFakeApi()]);
  process.env["HAND_OVER_KEY"] = "sk-none";
  const key = "api-key-env: HAND_OVER_KEY, circuit-breaker: { failure-threshold: 100 }";
  const priced = "price: { unit: requests, usd: 1 }";
  const program = `kind: claude-code, command: bin/claude, ${key}`;
  project = await openProject(
    {
      "aiworkflow.yaml": `agents:
  first: { kind: anthropic, base-url: "${one.url}", model: m-1, system: You are the first., ${key}, ${priced} }
  second: { kind: openai, base-url: "${two.url}/v1", model: m-2, system: You are the second., ${key} }
  cheap: { kind: openai, base-url: "${two.url}/v1", model: m-3, ${key}, price: { unit: requests, usd: 0.01 } }
  plain: { kind: openai, base-url: "${two.url}/v1", model: m-4, ${key}, price: { unit: requests, usd: 0.01 } }
  coder: { ${program} }
  paid-coder: { ${program}, ${priced} }
`,
      "capabilities.yaml": "plain: { mcp: none }\n",
      "registry.yaml": `tools:
  notes: { kind: mcp, command: node, args: ["${resolve("test/agents/noting-server.ts")}", notes.jsonl], env: { NOTES_TOKEN: none } }
  two:
    implementations:
      - { kind: mcp, command: node, args: ["${resolve("test/tools/mcp-server.ts")}"] }
      - { kind: script, file: two.sh }
    operations: { find: { effect: read } }
`,
      "two.sh": "#!/bin/sh\necho from the script\n",
      "tools/mark.sh":
        '#!/bin/sh\n[ "$1" = once ] || [ "$1" = buy ] && echo "$1" >> marks\n[ "$1" = stall ] || [ "$1" = hold ] && sleep 20\necho "did $1"\n',
      "tools/mark.yaml": `operations:
  once: { description: Marks }
  look: { description: Looks, effect: read }
  stall: { description: Takes long, effect: read, timeout: 500ms }
  hold: { description: Takes long }
  buy: { description: Buys, cost: { usd: 0.5 } }
`,
    },
    // A small history, so that runs go on in new ones.
    { "limit.historyCount.suggestContinueAsNew": 60 },
  );
  mkdirSync(`${project.dir}/fake`);
  const fake = `"${resolve("test/agents/fake-program.ts")}" claude-code "${project.dir}/fake"`;
  project.write("bin/claude", `#!/bin/sh\nexec "${process.execPath}" ${fake} "$@"\n`);
  chmodSync(`${project.dir}/bin/claude`, 0o755);
});
afterAll(async () => {
  await project.close();
  await Promise.all([one.close(), two.close()]);
});
beforeEach(() => {
  for (const file of ["marks", "notes.jsonl", "fake/starts.jsonl"]) project.remove(file);
  one.forget();
  two.forget();
});

const step = (yaml: string, title = "Work") =>
  `## ${title}\nDo the work.\n\`\`\`yaml step\n${yaml}\nretry: { max-attempts: 1 }\n\`\`\`\n`;
const call = (...operations: readonly string[]) => ({
  calls: operations.map((name, index) => ({ id: `call_${index}`, name, json: "{}" })),
});
const sent = (api: FakeApi) => api.requests.at(-1)?.body as JsonObject;
const NOTE = { tool: "notes__add", args: { text: "sagas" } };
const acts = (...list: readonly Act[]) => project.write("fake/acts.json", JSON.stringify(list));
const told = () => JSON.parse(project.read("fake/starts.jsonl").trim().split("\n").at(-1) as string).stdin as string;

describe("after a failure", () => {
  test("the next agent has the conversation and its own instructions, and nothing is done twice", async () => {
    one.script({ text: "First I mark.", thinking: "Hm.", ...call("mark__once") }, { status: 400 });
    two.script(call("mark__look"), { text: "Done." });
    const report = await project.run(step("agent: { primary: first, fallback: [second] }\ntools: [mark.*]"));
    expect(report.steps[0]).toMatchObject({
      status: "completed",
      output: "Done.",
      failovers: [{ from_agent: "first", to_agent: "second", goes_on_with: "conversation" }],
    });
    expect(project.read("marks")).toBe("once\n");
    const body = JSON.stringify(sent(two));
    for (const part of ["You are the second.", "Do the work.", "First I mark.", "did once", "did look"])
      expect(body).toContain(part);
    expect(body).not.toContain("You are the first.");
    expect(body).not.toContain("Hm.");
  });

  test("what the first one did is taken back where the next one has not answered yet", async () => {
    one.script(call("mark__once"), { status: 400, delayMs: 3000 });
    const before = [one.requests.length, two.requests.length];
    const undo = "undo: { run: echo $outcome >> marks, with: { outcome: '${{ outcome }}' } }";
    const run = await project.start(
      `---\non-failure: rollback\n---\n${step(`agent: { primary: first, fallback: [second] }\ntools: [mark.*]\n${undo}`)}`,
    );
    await expect.poll(() => one.requests.length - (before[0] as number), { timeout: 20_000, interval: 20 }).toBe(2);
    await controlRun(project.connected, run, { action: "pause" });
    await project.reportWhen(run, ({ steps }) => steps[0]?.failovers?.length === 1);
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("compensated");
    expect(two.requests).toHaveLength(before[1] as number);
    expect(project.read("marks")).toBe("once\nunknown\n");
  });

  test("an agent that had not begun leaves the prompt alone", async () => {
    one.script({ status: 401 });
    two.script({ text: "Done." });
    const report = await project.run(step("agent: { primary: first, fallback: [second] }"));
    expect(report.steps[0]?.failovers).toMatchObject([{ reason: "initialization_failed", goes_on_with: "prompt" }]);
  });

  test("a call that may be repeated and did not end is told as such", async () => {
    one.script(call("mark__once", "mark__stall"));
    two.script({ text: "Done." });
    const report = await project.run(step("agent: { primary: first, fallback: [second] }\ntools: [mark.*]"));
    expect(report.steps[0]).toMatchObject({ status: "completed", failovers: [{ reason: "timeout" }] });
    expect(project.read("marks")).toBe("once\n");
    const body = JSON.stringify(sent(two));
    for (const part of ["did once", "the call did not end (step/timeout)"]) expect(body).toContain(part);
  });

  test("where nobody knows whether a call that is to be made once took effect, nobody goes on", async () => {
    one.script(call("mark__hold", "mark__stall"));
    const before = two.requests.length;
    const report = await project.run(step("agent: { primary: first, fallback: [second] }\ntools: [mark.*]"));
    expect(report.status).not.toBe("completed");
    expect(report.notices.join()).toContain("not handed over to second: nobody knows whether mark.hold took effect");
    expect(two.requests).toHaveLength(before);
  });

  test("an answer that did not fit is there with what is wrong with it", async () => {
    one.script({ text: "many" }, { text: "a lot" });
    two.script({ text: '{"n": 3}' });
    const report = await project.run(step("agent: { primary: first, fallback: [second] }\noutput: { n: integer }"));
    expect(report.steps[0]).toMatchObject({
      output: { n: 3 },
      failovers: [{ error: { code: "agent/invalid-output" } }],
    });
    expect(JSON.stringify(sent(two))).toMatch(/many.*a lot.*does not fit/);
  });

  test("calls that were refused are told, and the conversation is one that an API takes", async () => {
    one.script(call("mark__nothing"), call("mark__nothing", "mark__once"));
    two.script({ text: "Done." });
    const report = await project.run(step("agent: { primary: first, fallback: [second] }\ntools: [mark.*]"));
    expect(report.steps[0]).toMatchObject({
      status: "completed",
      failovers: [{ error: { code: "agent/refused-tool" } }],
    });
    expect(project.read("marks")).toBe("");
    expect(JSON.stringify(sent(two))).toContain("not made: ");
  });

  test("a conversation that went in circles is left behind, unless something was done in it", async () => {
    const circles = Array.from({ length: 10 }, () => call("mark__look"));
    const yaml = "agent: { primary: first, fallback: [second] }\ntools: [mark.*]\nguards: { identical-calls: 2 }";
    one.script(...circles);
    two.script({ text: "Done." });
    const looked = await project.run(step(yaml));
    expect(looked.steps[0]?.failovers).toMatchObject([{ error: { code: "agent/looping" }, goes_on_with: "prompt" }]);
    expect(JSON.stringify(sent(two))).not.toContain("did look");
    one.forget();
    one.script(call("mark__once"), ...circles);
    two.script({ text: "Done." });
    const acted = await project.run(step(yaml));
    expect(acted.steps[0]?.failovers).toMatchObject([
      { error: { code: "agent/looping" }, goes_on_with: "conversation" },
    ]);
    expect(JSON.stringify(sent(two))).toContain("did once");
  });

  test("who took over goes on in the histories that its run goes on in", async () => {
    one.script(call("mark__once"), { status: 400 });
    two.script(...Array.from({ length: 15 }, () => call("mark__look")), { text: "Done." });
    const yaml = "agent: { primary: first, fallback: [second] }\ntools: [mark.*]\nguards: off";
    const run = await project.start(step(yaml));
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "completed", failovers: [{ goes_on_with: "conversation" }] });
    const { raw } = await project.connected.client.workflow.getHandle(run).describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
    expect(JSON.stringify(sent(two))).toContain("did once");
    expect(project.read("marks")).toBe("once\n");
  });
});

describe("programs", () => {
  test("one that goes on is told in its prompt what has been done", async () => {
    const add = { id: "call_1", name: "notes__add", json: '{"text": "sagas"}' };
    one.script({ text: "I note it.", calls: [add] }, { status: 400 });
    acts({ text: "Done." });
    const report = await project.run(step("agent: { primary: first, fallback: [coder] }\ntools: [notes.add]"));
    expect(report.steps[0]).toMatchObject({ status: "completed", failovers: [{ goes_on_with: "conversation" }] });
    for (const part of ["Do not do a second time", "Do the work.", "I note it.", '{"text": "sagas"}', "add: sagas"])
      expect(told()).toContain(part);
    expect(project.read("notes.jsonl").trim().split("\n")).toHaveLength(1);
  });

  test("of one that had begun, the next agent is told that some of it may be done", async () => {
    acts({ status: 529 });
    two.script({ text: "Done." });
    const report = await project.run(step("agent: { primary: coder, fallback: [second] }"));
    expect(report.steps[0]).toMatchObject({ status: "completed", failovers: [{ goes_on_with: "prompt" }] });
    expect(JSON.stringify(sent(two))).toMatch(/coder worked on this before you .*Do the work\./);
    project.remove("fake/starts.jsonl");
    one.script({ status: 401 });
    two.script({ text: "Done." });
    await project.run(step("agent: { primary: coder, fallback: [first, second] }"));
    expect(JSON.stringify(sent(two))).toMatch(/coder worked on this before you .*Do the work\./);
  });

  test("one that has called what is to be called once is not followed; one that has not, or is not there, is", async () => {
    acts({ calls: [NOTE], exitAfter: { code: 3, stderr: "no licence found" } });
    const yaml = "agent: { primary: coder, fallback: [second] }\ntools: [notes.add]";
    const begun = await project.run(step(yaml));
    expect(begun.status).toBe("failed");
    expect(begun.notices.join()).toContain("coder has called a tool that is to be called once");
    acts({ status: 529 });
    two.script({ text: "Done." });
    expect((await project.run(step(yaml))).steps[0]).toMatchObject({ failovers: [{ goes_on_with: "prompt" }] });
    two.script({ text: "Done." });
    const missing = "---\nagents: { gone: { kind: claude-code, command: bin/none } }\n---\n";
    const report = await project.run(missing + step(yaml.replace("coder", "gone")));
    expect(report.steps[0]).toMatchObject({ status: "completed", failovers: [{ reason: "initialization_failed" }] });
  });
});

describe("for want of money", () => {
  const head = (agent: string) => `---\nbudget: { usd: 1, on-limit: switch, switch-to: ${agent} }\n---\n`;

  test("the cheaper agent has the conversation, and nothing is done twice", async () => {
    one.script(call("mark__once"));
    two.script({ text: "Done." });
    const report = await project.run(head("cheap") + step("agent: first\ntools: [mark.*]"));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Done." });
    expect(report.notices.join()).toContain("cheap goes on for first, with the conversation");
    expect(project.read("marks")).toBe("once\n");
    expect(JSON.stringify(sent(two))).toContain("did once");
  });

  test("a tool call that there was no money for is made by who goes on, and no other is made again", async () => {
    one.script(call("mark__once", "mark__buy"));
    two.script({ text: "Done." });
    const report = await project.run(head("cheap") + step("agent: first\ntools: [mark.*]"));
    expect(report.error).toBeNull();
    expect(project.read("marks")).toBe("once\nbuy\n");
    for (const part of ["did once", "did buy"]) expect(JSON.stringify(sent(two))).toContain(part);
    expect(report.usage.usd).toBeCloseTo(1 + 0.5 + 0.01, 9);
  });

  test("it reaches the tools in its own way", async () => {
    one.script(call("two__find"));
    two.script(call("two__find"), { text: "Done." });
    const report = await project.run(head("plain") + step("agent: first\ntools: [two.find]"));
    expect(report.error).toBeNull();
    expect(JSON.stringify(sent(two))).toContain("from the script");
  });

  test("one that cannot do the step does not go on, and says why", async () => {
    one.script(call("mark__look"));
    const yaml = "agent: first\ntools: [mark.look]\nagents: { other: { agent: second } }";
    const report = await project.run(head("coder") + step(yaml));
    expect(report.error).toMatchObject({ code: "budget/exceeded" });
    expect(report.error?.message).toContain("coder cannot go on: it is a program and cannot ask other agents");
  });

  test("a program that has called what is to be called once is not followed", async () => {
    acts({ calls: [NOTE], text: "many" });
    const before = two.requests.length;
    const yaml = "agent: paid-coder\ntools: [notes.add]\noutput: { n: integer }";
    const report = await project.run(head("cheap") + step(yaml));
    expect(report.error).toMatchObject({ code: "budget/exceeded" });
    expect(report.error?.message).toContain(
      "cheap does not go on: paid-coder has called a tool that is to be called once",
    );
    expect(two.requests).toHaveLength(before);
  });

  test("who goes on still does in the histories that its run goes on in", async () => {
    one.script(call("mark__once"));
    two.script(...Array.from({ length: 15 }, () => call("mark__look")), { text: "Done." });
    const before = one.requests.length;
    const yaml = "agent: first\ntools: [mark.*]\nguards: off";
    const run = await project.start(head("cheap") + step(yaml));
    expect((await project.follow(run)).steps[0]).toMatchObject({ status: "completed", output: "Done." });
    const { raw } = await project.connected.client.workflow.getHandle(run).describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
    expect(one.requests).toHaveLength(before + 1);
    expect(project.read("marks")).toBe("once\n");
  });
});
