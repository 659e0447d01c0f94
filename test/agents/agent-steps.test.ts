import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { historyText } from "../secrets/history-text.ts";
import { runCommand } from "../command-line.ts";
import { type FakeApi, type Reply, startFakeApi } from "./fake-api.ts";

const KEY = "sk-very-secret-key";

let api: FakeApi;
let project: TestProject;
let seen = 0;
beforeAll(async () => {
  process.env["AGENT_TEST_KEY"] = KEY;
  api = await startFakeApi();
  project = await openProject({
    "aiworkflow.yaml": `agents:
  claude: { kind: anthropic, base-url: "${api.url}", api-key-env: AGENT_TEST_KEY }
  gpt: { kind: openai, base-url: "${api.url}/v1", api-key-env: AGENT_TEST_KEY }
  local: { kind: openai-compatible, model: llama-test, base-url: "${api.url}/v1" }
  claude-lost: { kind: anthropic, model: no-such-model, base-url: "${api.url}", api-key-env: AGENT_TEST_KEY }
  gpt-lost: { kind: openai, model: no-such-model, base-url: "${api.url}/v1", api-key-env: AGENT_TEST_KEY, options: { api: responses } }
  local-lost: { kind: openai-compatible, model: no-such-model, base-url: "${api.url}/v1" }
  thinker: { kind: anthropic, base-url: "${api.url}", api-key-env: AGENT_TEST_KEY, options: { thinking: { type: adaptive } } }
  keyless: { kind: anthropic, base-url: "${api.url}", api-key-env: NO_SUCH_KEY }
`,
    "tools/notes.sh": '#!/bin/sh\necho "called $1 $topic" >> calls\nprintf \'{"note": "about %s"}\' "$topic"\n',
    "tools/notes.yaml":
      "operations: { find: { description: Finds notes, parameters: { topic: string }, effect: read } }\n",
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
const ask = (step: string, prose = "Say hello.") => `## Ask\n${prose}\n\`\`\`yaml step\n${step}\n\`\`\`\n`;
const tool = (id: string, name: string, json = '{"topic": "sagas"}') => ({ calls: [{ id, name, json }] });

describe.each(["claude", "gpt", "local"])("an agent step with %s", (agent) => {
  test("calls a tool, sees its result, answers; tokens are summed, and no key leaves the worker", async () => {
    const effects = () => project.read("calls").split("\n").length - 1;
    const before = effects();
    api.script(tool("c1", "notes__find"), { text: '{"answer": "Sagas undo."}' });
    const run = await project.start(ask(`agent: ${agent}\ntools: [notes.find]\noutput: { answer: string }`));
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    expect(report.steps[0]).toMatchObject({
      output: { answer: "Sagas undo." },
      attempts: 1,
      agent: expect.stringContaining(agent),
    });
    expect(report.usage).toMatchObject({
      inputTokens: 22,
      cacheReadTokens: 8,
      outputTokens: 14,
      reasoningTokens: 4,
      usd: null,
    });
    expect(requests()).toHaveLength(2);
    expect(effects()).toBe(before + 1);
    expect(JSON.stringify(requests()[1]?.body)).toContain("about sagas");
    const history = await historyText(project.connected, run);
    expect(history).toContain("Sagas undo.");
    expect(history).not.toContain(KEY);
  });

  test("an answer that does not fit gets one chance to be mended", async () => {
    api.script({ text: '{"n": "many"}' }, { text: 'Sorry.\n```json\n{"n": 3}\n```' });
    const report = await project.run(ask(`agent: ${agent}\noutput: { n: integer }`));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: { n: 3 } });
    expect(JSON.stringify(requests()[1]?.body)).toContain("does not fit");
  });

  test("an answer that never fits fails the step after that", async () => {
    api.script({ text: "no idea" }, { text: "still none" });
    const report = await project.run(ask(`agent: ${agent}\noutput: { n: integer }`));
    expect(report.error).toMatchObject({ code: "agent/invalid-output", step: "ask" });
    expect(requests()).toHaveLength(2);
  });

  test("429 waits as long as the API says and counts as an attempt", async () => {
    api.script({ status: 429, headers: { "retry-after": "1" } }, { text: "Hello." });
    const startedAt = Date.now();
    const report = await project.run(ask(`agent: ${agent}`));
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1000);
    expect(report.steps[0]).toMatchObject({ status: "completed", attempts: 2, output: "Hello." });
    expect(requests()).toHaveLength(2);
  });

  test("a refused key fails at once", async () => {
    api.script({ status: 401, type: "authentication_error" });
    const report = await project.run(ask(`agent: ${agent}`));
    expect(report.steps[0]).toMatchObject({ status: "failed", attempts: 1, error: { code: "agent/unauthorized" } });
    expect(requests()).toHaveLength(1);
  });

  test("a model that is not there fails at once, and the command says what to check", async () => {
    project.write("lost.md", ask(`agent: ${agent}-lost`));
    const { code, stdout } = await runCommand(project.dir, "run", "lost.md", "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      { status: "failed", error: { code: "agent/model-not-found", step: "ask" }, steps: [{ attempts: 1 }] },
    ]);
    expect(requests()).toHaveLength(1);
  });

  test.each<readonly [string, Reply, string]>([
    ["a refusal", { stop: "refusal" }, "agent/refused"],
    ["an answer that is cut off at max-tokens", { text: "Hel", stop: "length" }, "agent/truncated"],
    ["an answer of 200 MB", { flood: { bytes: 200 * 1024 * 1024 } }, "agent/answer-too-large"],
    ["an answer that never ends", { text: "Hel", hang: true }, "step/timeout"],
  ])("%s fails with a code, and the worker lives", async (_, reply, code) => {
    const { pid } = project.worker;
    const retry = code === "step/timeout" ? "timeout: 1s\nretry: { max-attempts: 1 }" : "";
    api.script(reply);
    const report = await project.run(ask(`agent: ${agent}\n${retry}`));
    expect(report).toMatchObject({ status: "failed", error: { code, step: "ask" } });
    expect(report.steps).toMatchObject([{ status: "failed", attempts: 1, output: null }]);
    expect(requests()).toHaveLength(1);
    await expect
      .poll(() => requests()[0]?.aborted, { timeout: 3000 })
      .toBe(code !== "agent/refused" && code !== "agent/truncated");
    expect(project.worker.pid).toBe(pid);
  });

  test("a tool that the step does not grant is never called: told once, then the step fails", async () => {
    api.script(tool("c1", "mail__send"), tool("c2", "mail__send"));
    const report = await project.run(ask(`agent: ${agent}\ntools: [notes.find]`));
    expect(report.error).toMatchObject({ code: "agent/refused-tool" });
    expect(JSON.stringify(requests()[1]?.body)).toContain("there is no tool mail__send");
  });

  test("arguments that are no JSON are told to the model, and the tool is not called", async () => {
    const before = project.read("calls");
    api.script(tool("c1", "notes__find", '{"topic": '), { text: "Never mind." });
    const report = await project.run(ask(`agent: ${agent}\ntools: [notes.find]`));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Never mind." });
    expect(project.read("calls")).toBe(before);
    expect(JSON.stringify(requests()[1]?.body)).toContain("the arguments are not JSON");
  });

  test("a cancel of the run closes the request", async () => {
    api.script({ hang: true });
    const run = await project.start(ask(`agent: ${agent}`));
    await expect.poll(() => requests().length, { timeout: 20_000 }).toBe(1);
    await cancelRun(project.connected, run);
    await expect.poll(() => requests()[0]?.aborted, { timeout: 3000 }).toBe(true);
    expect((await project.follow(run)).status).toBe("cancelled");
  });
});

test("a worker killed during a model call costs one more call, and tools that have answered are not asked again", async () => {
  api.script(tool("c1", "notes__find", '{"topic": "kills"}'), { hang: true }, { text: "Survived." });
  const run = await project.start(ask("agent: claude\ntools: [notes.find]"));
  await expect.poll(() => requests().length, { timeout: 20_000 }).toBe(2);
  process.kill(project.worker.pid, "SIGKILL");
  const report = await project.follow(run);
  expect(report.steps[0]).toMatchObject({ status: "completed", output: "Survived.", attempts: 1 });
  expect(requests()).toHaveLength(3);
  expect(project.read("calls").match(/kills/g)).toHaveLength(1);
});

test("a model thinks where its agent's options say so, and its thoughts go back with the result of its call", async () => {
  api.script({ thinking: "Hm, so", ...tool("c1", "notes__find", '{"topic": "thoughts"}') }, { text: "Thought." });
  const report = await project.run(ask("agent: thinker\ntools: [notes.find]"));
  expect(report.steps[0]).toMatchObject({ status: "completed", output: "Thought." });
  expect(requests().map(({ body }) => body["thinking"])).toEqual([{ type: "adaptive" }, { type: "adaptive" }]);
  expect(JSON.stringify(requests()[1]?.body["messages"])).toContain('"signature":"signed Hm, so"');
  expect(project.read("calls").match(/thoughts/g)).toHaveLength(1);
});

test("a key that the worker does not have is named", async () => {
  const report = await project.run(ask("agent: keyless"));
  expect(report.error).toMatchObject({ code: "agent/no-key" });
  expect(report.error?.message).toContain("NO_SUCH_KEY");
  expect(requests()).toHaveLength(0);
});

test("an agent that never ends is ended by its ceiling of turns", async () => {
  api.script(tool("c1", "notes__find"), tool("c2", "notes__find"), tool("c3", "notes__find"));
  const report = await project.run(ask("agent: claude\ntools: [notes.find]\nmax-turns: 3"));
  expect(report.error).toMatchObject({ code: "agent/too-many-turns" });
  expect(requests()).toHaveLength(3);
});

test("items of a for-each each hold a conversation of their own", async () => {
  api.script({ text: "one" }, { text: "two" }, { text: "three" });
  const report = await project.run(
    ask('agent: claude\nfor-each: "${{ [1, 2, 3] }}"\nmax-parallel: 1', "Say ${{ item }}."),
  );
  expect(report.steps[0]?.output).toEqual(["one", "two", "three"]);
  expect(requests().map(({ body }) => JSON.stringify(body["messages"]))).toEqual(
    [1, 2, 3].map((item) => expect.stringContaining(`Say ${item}.`)),
  );
});
