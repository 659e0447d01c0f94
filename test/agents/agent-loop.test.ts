// The loop around a model: what ends it, what mends it, and what it leaves to people, to scripts and to other agents.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { controlRun } from "../../src/client/control-run.ts";
import { decide } from "../../src/client/decide.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type FakeApi, startFakeApi } from "./fake-api.ts";

let api: FakeApi;
let project: TestProject;
let seen = 0;
beforeAll(async () => {
  process.env["LOOP_TEST_KEY"] = "sk-loop";
  api = await startFakeApi();
  project = await openProject({
    "aiworkflow.yaml": `agent: claude
agents:
  claude: { kind: anthropic, base-url: "${api.url}", api-key-env: LOOP_TEST_KEY }
  narrow: { kind: anthropic, base-url: "${api.url}", api-key-env: LOOP_TEST_KEY }
`,
    "capabilities.yaml": "narrow: { context-window: 200 }\n",
    "tools/look.sh": '#!/bin/sh\necho "$topic" >> looked\nprintf \'{"note": "about %s"}\' "$topic"\n',
    "tools/look.yaml": "operations: { up: { description: Looks up, parameters: { topic: string }, effect: read } }\n",
    "tools/count.sh": "#!/bin/sh\necho x >> counted\nwc -l < counted\n",
    "tools/count.yaml": "operations: { next: { description: Counts, parameters: {}, effect: read } }\n",
    "tools/broken.sh": "#!/bin/sh\necho no >&2; exit 1\n",
    "tools/broken.yaml": "operations: { try: { description: Tries, parameters: { n: integer }, effect: read } }\n",
    "tools/act.sh": '#!/bin/sh\necho "begin $n" >> acts; sleep 0.2; echo "end $n" >> acts\n',
    "tools/act.yaml": `operations:
  out: { description: Acts, parameters: { n: integer } }
  in: { description: Reads, parameters: { n: integer }, effect: read }
  alone: { description: Reads, parameters: { n: integer }, effect: read, concurrency: 1 }
`,
    "tools/wordy.sh": "#!/bin/sh\necho ok\n",
    "tools/wordy.yaml": `operations: { say: { description: "${"Says much. ".repeat(600)}", parameters: {}, effect: read } }\n`,
    "tools/flood.sh": "#!/bin/sh\nprintf '%*s' 9000000 '' | tr ' ' x\n",
    "tools/flood.yaml": "operations: { all: { description: Floods, parameters: {}, effect: read } }\n",
  });
});
afterAll(async () => {
  await project.close();
  await api.close();
});
beforeEach(() => {
  seen = api.requests.length;
});

const requests = () => api.requests.slice(seen);
const said = (index: number) => JSON.stringify(requests()[index]?.body["messages"]);
const step = (yaml: string, prose = "Do it.") => `## Ask\n${prose}\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const call = (name: string, args: object = {}, id = "c1") => ({ id, name, json: JSON.stringify(args) });
const look = (topic: string) => ({ calls: [call("look__up", { topic })] });
const times = <T>(count: number, one: (index: number) => T) => Array.from({ length: count }, (_, index) => one(index));

describe("guards", () => {
  test("the same call with the same result again and again is told to the agent, then ends the step", async () => {
    api.script(...times(4, () => look("sagas")));
    const report = await project.run(step("tools: [look.up]\nguards: { identical-calls: 2 }"));
    expect(report.error).toMatchObject({ code: "agent/looping", step: "ask" });
    expect(requests()).toHaveLength(4);
    expect(said(1)).not.toContain("2 times with the same arguments");
    expect(said(2)).toContain("look.up was called 2 times with the same arguments");
  });

  test("a cycle of turns is seen, too, and an agent that heeds what it is told goes on", async () => {
    api.script(...times(4, (index) => look(index % 2 === 0 ? "a" : "b")), { text: "Enough." });
    const report = await project.run(step("tools: [look.up]\nguards: { identical-calls: 2 }"));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Enough." });
    expect(said(4)).toContain("in a cycle of 2 turns");
  });

  test("results that differ are no loop, and what may be polled is none either", async () => {
    api.script(...times(6, () => ({ calls: [call("count__next")] })), ...times(6, () => look("news")), {
      text: "Done.",
    });
    const guards = "guards: { identical-calls: 2, no-progress: 2, polling: [look.up] }";
    const report = await project.run(step(`tools: [count.next, look.up]\n${guards}`));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Done." });
    expect(said(12)).not.toContain("same arguments");
  });

  test("nothing but errors is no progress", async () => {
    api.script(...times(4, (n) => ({ calls: [call("broken__try", { n })] })));
    const report = await project.run(step("tools: [broken.try]\nguards: { no-progress: 2 }"));
    expect(report.error).toMatchObject({ code: "agent/no-progress" });
    expect(said(2)).toContain("brought nothing new");
  });

  test("guards can be off, and turns and calls have ceilings all the same", async () => {
    api.script(...times(12, () => look("x")));
    const off = await project.run(step("tools: [look.up]\nguards: off\nmax-turns: 12"));
    expect(off.error).toMatchObject({ code: "agent/too-many-turns" });
    const before = project.read("looked");
    api.script({ calls: times(3, (index) => call("look__up", { topic: "y" }, `c${index}`)) });
    const many = await project.run(step("tools: [look.up]\nmax-calls: 2"));
    expect(many.error).toMatchObject({ code: "agent/too-many-calls" });
    expect(project.read("looked")).toBe(before);
  });
});

describe("an answer that does not fit", () => {
  test("gets as many rounds as the step allows", async () => {
    api.script({ text: "a" }, { text: "b" }, { text: "c" }, { text: '{"n": 4}' });
    const report = await project.run(step("output: { n: integer }\nrepair-rounds: 3"));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: { n: 4 } });
    expect(requests()).toHaveLength(4);
    api.script({ text: "a" });
    const none = await project.run(step("output: { n: integer }\nrepair-rounds: 0"));
    expect(none.error).toMatchObject({ code: "agent/invalid-output" });
    expect(requests()).toHaveLength(5);
  });

  test("is asked of a person then, whose answer has to fit", async () => {
    api.script({ text: "no idea" });
    const run = await project.start(
      step("output: { n: integer }\nrepair-rounds: 0\non-invalid: { ask: { approvers: [ann] } }\nverify: output.n > 2"),
    );
    const waiting = await project.follow(run, "waiting");
    expect(waiting.approvals[0]).toMatchObject({ step: "ask", approvers: ["ann"], fields: { n: { type: "integer" } } });
    expect(waiting.approvals[0]?.message).toContain("it is not JSON");
    const answer = (form: object) =>
      decide(project.connected, { run, step: "ask", decision: "answer", by: "ann", form: form as never });
    await expect(answer({ n: "three" })).rejects.toMatchObject({ diagnostics: [{ code: "approval/bad-form" }] });
    await answer({ n: 3 });
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "completed", output: { n: 3 }, agent: "ann (for claude)" });
  });

  test("is skipped by an operator instead: what the agent has done is taken back", async () => {
    api.script({ calls: [call("act__out", { n: 5 })] }, { text: "no idea" });
    const run = await project.start(
      `---\non-failure: rollback\n---\n${step('tools: [act.out]\noutput: { n: integer }\nrepair-rounds: 0\non-invalid: ask\nundo: { run: \'echo "-ask $outcome" >> undone\', with: { outcome: "${{ outcome }}" } }')}## End\n\`\`\`bash run\nexit 3\n\`\`\`\n\`\`\`yaml step\nundo: none\n\`\`\`\n`,
    );
    await project.follow(run, "waiting");
    await controlRun(project.connected, run, { action: "skip", step: "ask" });
    const report = await project.follow(run);
    expect(project.read("undone")).toBe("-ask unknown\n");
    expect(report).toMatchObject({ status: "compensated", steps: [{ status: "skipped" }, { status: "failed" }] });
  });
});

describe("verify", () => {
  test("tells the agent what does not hold: an expression, or a script that is given the output", async () => {
    api.script({ text: '{"n": 1}' }, { text: '{"n": 5}' });
    const report = await project.run(step("output: { n: integer }\nverify: output.n > 3"));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: { n: 5 }, attempts: 1 });
    expect(said(1)).toContain("does not hold: output.n > 3");

    const script = `verify:
  run: |
    python3 -c 'import json, os, sys
    given = json.load(sys.stdin)
    assert given["output"] == json.loads(os.environ["output"])
    if given["output"]["n"] < int(given["least"]): sys.exit("too small by far")'
  with: { least: 3 }`.replace("\n    given", "\n    given");
    api.script({ text: '{"n": 1}' }, { text: '{"n": 5}' });
    const checked = await project.run(step(`output: { n: integer }\n${script}`));
    expect(checked.error).toBeNull();
    expect(checked.steps[0]).toMatchObject({ status: "completed", output: { n: 5 } });
    expect(said(3)).toContain("exited with 1: too small by far");
  });

  test("fails the step where it never holds, for steps of any kind", async () => {
    api.script({ text: "one" }, { text: "two" });
    const report = await project.run(step("verify: { run: 'echo \"$output will not do\"; exit 3' }"));
    expect(report.error).toMatchObject({ code: "step/verify-failed" });
    expect(report.error?.message).toContain("exited with 3: two will not do");
    const script = "## One\n```bash run\necho x >> tries; wc -l < tries\n```\n```yaml step\neffect: read\n";
    const again = await project.run(`${script}verify: { run: '[ "$output" -ge 2 ]' }\n\`\`\`\n`);
    expect(again.steps[0]).toMatchObject({ status: "completed", attempts: 2, output: 2 });
  });
});

describe("agents that agents ask", () => {
  const agents = `tools: [look.up]
agents:
  researcher: { agent: claude, description: Finds things, tools: [look.up], agents: [checker], budget-share: 0.5 }
  checker: { agent: claude, max-turns: 1 }`;
  const ask = (name: string, task: string, id = name) => call(`agent__${name}`, { task }, id);

  test("work under paths of their own, with their own tools, and can ask others", async () => {
    api.script(
      { calls: [ask("researcher", "Find sagas.")] },
      { calls: [call("look__up", { topic: "sagas" })] },
      { calls: [ask("checker", "Is it so?")] },
      { text: "It is so." },
      { text: "Sagas undo." },
      { text: "Done." },
    );
    const run = await project.start(step(agents));
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    expect(report.steps[0]).toMatchObject({
      output: "Done.",
      usage: { inputTokens: 66 },
      agents: [
        { path: "ask/researcher-1", agent: "claude", status: "completed", turns: 3, error: null },
        { path: "ask/researcher-1/checker-1", agent: "claude", status: "completed", turns: 1, error: null },
      ],
    });
    expect(said(1)).toBe(JSON.stringify([{ role: "user", content: "Find sagas." }]));
    expect(JSON.stringify(requests()[1]?.body["tools"])).toContain("agent__checker");
    expect(JSON.stringify(requests()[3]?.body["tools"] ?? [])).not.toContain("agent__");
    expect(said(5)).toContain("Sagas undo.");
    const { events } = await project.connected.client.workflow.getHandle(run).fetchHistory();
    const ids = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityId ?? []);
    expect(ids).toEqual([
      "ask",
      "ask/researcher-1",
      "ask/researcher-1/call-1.1",
      "ask/researcher-1/turn-2",
      "ask/researcher-1/checker-1",
      "ask/researcher-1/turn-3",
      "ask/turn-2",
    ]);
  });

  test("tell the one that asks of their failure, and of a task that is none", async () => {
    api.script(
      { calls: [ask("checker", "Look."), call("agent__checker", { what: 1 }, "c2")] },
      { calls: [call("look__up", { topic: "x" })] },
      { text: "Then not." },
    );
    const report = await project.run(step(agents.replace("max-turns: 1", "max-turns: 1, tools: [look.up]")));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Then not." });
    expect(report.steps[0]?.agents).toMatchObject([
      { path: "ask/checker-1", status: "failed", error: { code: "agent/too-many-turns" } },
    ]);
    expect(said(2)).toContain("checker failed: agent/too-many-turns");
    expect(said(2)).toContain("agent__checker takes");
  });
});

test("calls that act at most once run one after the other in their order, others side by side", async () => {
  const all = [
    ...times(2, (n) => call("act__out", { n }, `o${n}`)),
    ...times(2, (n) => call("act__alone", { n: n + 2 }, `a${n}`)),
    ...times(3, (n) => call("act__in", { n: n + 7 }, `i${n}`)),
  ];
  api.script({ calls: all }, { text: "Done." });
  const report = await project.run(step("tools: [act.*]"));
  expect(report.steps[0]?.status).toBe("completed");
  const acts = project.read("acts").trim().split("\n");
  expect(acts.filter((line) => /[0-3]$/.test(line))).toEqual(times(4, (n) => [`begin ${n}`, `end ${n}`]).flat());
  const reads = acts.filter((line) => /[789]$/.test(line));
  expect(reads.slice(0, 3).every((line) => line.startsWith("begin"))).toBe(true);
});

test("what every call says anew is put aside once where it is much", async () => {
  api.script({ calls: [call("wordy__say")] }, { calls: [call("wordy__say")] }, { text: "Done." });
  const run = await project.start(step("tools: [wordy.say, look.up]"));
  expect((await project.follow(run)).steps[0]).toMatchObject({ status: "completed", output: "Done." });
  for (const index of [0, 2])
    expect(JSON.stringify(requests()[index]?.body["tools"])).toContain("Says much. Says much.");
  const { events } = await project.connected.client.workflow.getHandle(run).fetchHistory();
  const wordy = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: asked }) => {
    const text = Buffer.concat((asked?.input?.payloads ?? []).map(({ data }) => data as Uint8Array)).toString("utf8");
    return text.includes("Says much.") ? [asked?.activityId] : [];
  });
  expect(wordy).toEqual(["ask/setup"]);
});

test("a long result is cut for the model and whole in the store", async () => {
  api.script({ calls: [call("flood__all")] }, { text: "Much." });
  const run = await project.start(step("tools: [flood.all]"));
  const report = await project.follow(run);
  expect(report.steps[0]).toMatchObject({ status: "completed", output: "Much." });
  expect(said(1).length).toBeLessThan(110_000);
  expect(said(1)).toContain("[cut: the result has 9000000 characters");
  const { events } = await project.connected.client.workflow.getHandle(run).fetchHistory();
  const results = (events ?? []).flatMap(({ activityTaskCompletedEventAttributes: done }) =>
    (done?.result?.payloads ?? []).map(({ data }) => JSON.parse(Buffer.from(data as Uint8Array).toString("utf8"))),
  );
  const flood = results.find(({ output }) => output?.bytes > 1_000_000);
  expect(await project.resolve(flood.output)).toHaveLength(9_000_000);
});

test("a conversation that is larger than its agent's context window is not sent", async () => {
  const report = await project.run(step("agent: narrow", `Sum this up. ${"word ".repeat(400)}`));
  expect(report.error).toMatchObject({ code: "agent/context-full", details: { contextTokens: 200 } });
  expect(report.steps[0]?.attempts).toBe(1);
  expect(requests()).toHaveLength(0);
});
