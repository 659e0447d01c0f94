// Tools of every kind, called by programs while they work: under the same contract as the calls of any other agent.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { joinOwnCalls } from "../../src/cli/join-own-calls.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type HttpMcp, startHttpMcp } from "../tools/http-mcp.ts";
import { type Recorder, startRecorder } from "../tools/open-http-tool.ts";
import type { Act } from "./fake-program.ts";

const TOKEN = "hush-hush-far-token";
const KINDS = ["claude-code", "codex", "opencode"];

const module = `
export const operations = {
  count: { description: "Counts words", parameters: { text: "string" }, effect: "read", call: ({ text }) => ({ words: text.split(" ").length }) },
  flood: { effect: "read", call: () => "x".repeat(20_000_000) },
  tell: { effect: "read", call: (_, { env }) => "the token is " + env.TOLD },
};
`;
const shell = `#!/bin/bash
echo "in $1 $AIWORKFLOW_KEY" >> marks
sleep \${seconds:-0}
echo "out $1 $AIWORKFLOW_KEY" >> marks
[ "$1" != fail ] || { echo "no such note" >&2; exit 4; }
echo "$1: $text"
`;
const shellCompanion = `operations:
  say: { parameters: { text: string }, effect: read }
  one: { schema: { type: object, properties: { seconds: {} } }, effect: read, concurrency: 1 }
  safe: { schema: { type: object, properties: { seconds: {} } }, effect: idempotent }
  slow: { schema: { type: object, properties: { seconds: {} } }, effect: read, timeout: 500ms }
  once: { schema: { type: object, properties: { seconds: {} } }, effect: at-most-once, timeout: 20s }
  late: { schema: { type: object, properties: { seconds: {} } }, effect: at-most-once, timeout: 500ms }
  fail: { effect: read }
  dear: { schema: { type: object, properties: { seconds: {} } }, effect: read, cost: { usd: 0.5 } }
`;

let project: TestProject;
let far: HttpMcp;
let recorder: Recorder;
beforeAll(async () => {
  process.env["FAR_TOKEN"] = TOKEN;
  process.env["PROGRAM_KEY"] = "sk-of-the-program";
  far = await startHttpMcp();
  recorder = await startRecorder();
  const agents = KINDS.map((kind) => `  ${kind}: { kind: ${kind}, command: bin/${kind}, api-key-env: PROGRAM_KEY }\n`);
  project = await openProject({
    "aiworkflow.yaml": `agents:\n${agents.join("")}  ann: { kind: recorded, replies: replies.yaml }\n  paid: { kind: codex, command: bin/codex, api-key-env: PROGRAM_KEY, price: { unit: requests, usd: 1 } }\n`,
    "replies.yaml":
      "ask: [{ call: shell.say, with: { text: { $secret: FAR_TOKEN } } }, { call: far.act, with: { value: { $secret: FAR_TOKEN } } }, done]\n",
    "petstore.yaml": readFileSync("test/tools/documents/petstore-3.0.yaml", "utf8"),
    "registry.yaml": `tools:
  notes: { kind: mcp, command: node, args: ["${resolve("test/agents/noting-server.ts")}", notes.jsonl], operations: { add: { effect: idempotent } } }
  far: { kind: mcp, url: "${far.url}", headers: { Authorization: "Bearer \${{ secrets.FAR_TOKEN }}" }, operations: { act: { effect: read } } }
  service: { kind: http, base-url: "${recorder.url}", allow-addresses: [127.0.0.1], headers: { X-Key: "\${{ secrets.FAR_TOKEN }}" }, operations: { send: { method: POST, path: /send, parameters: { text: string }, effect: idempotent } } }
  petstore: { kind: openapi, document: petstore.yaml, server: { variables: { port: "${recorder.port}" } }, auth: { api_key: x }, allow-addresses: [127.0.0.1] }
`,
    "tools/words.module.ts": module,
    "tools/words.yaml": "env: { TOLD: '${{ secrets.FAR_TOKEN }}' }\n",
    "tools/shell.sh": shell,
    "tools/shell.yaml": shellCompanion,
  });
  const program = resolve("test/agents/fake-program.ts");
  for (const kind of KINDS)
    project.write(
      `bin/${kind}`,
      `#!/bin/sh\nexec "${process.execPath}" "${program}" ${kind} "${project.dir}/fake" "$@"\n`,
    );
  for (const name of readdirSync(join(project.dir, "bin"))) chmodSync(join(project.dir, "bin", name), 0o755);
});
afterAll(async () => {
  await project.close();
  await far.close();
  await recorder.close();
});
beforeEach(() => {
  for (const path of ["fake", "notes.jsonl", "marks"])
    rmSync(join(project.dir, path), { recursive: true, force: true });
  mkdirSync(join(project.dir, "fake"));
  Object.assign(far, { manner: "json", description: "Acts" });
  far.forget();
  recorder.requests.length = 0;
  recorder.respond(({ url }, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ url }));
  });
});

interface Answer {
  readonly tool: string;
  readonly content: readonly { readonly text: string }[];
  readonly isError: boolean;
  readonly offered: readonly string[];
}

const acts = (...list: readonly Act[]) => project.write("fake/acts.json", JSON.stringify(list));
const linesOf = (path: string) =>
  project
    .read(path)
    .trim()
    .split("\n")
    .filter((line) => line !== "");
const answers = () => linesOf("fake/answers").map((line) => JSON.parse(line) as Answer);
const answerOf = (tool: string) => answers().find((one) => one.tool === tool);
const starts = () =>
  linesOf("fake/starts.jsonl").map((line) => JSON.parse(line) as { stdin: string; env: Record<string, string> });
const SECRETS = "---\nsecrets: [FAR_TOKEN]\n---\n";
const ask = (tools: string, more = "", agent = "codex") =>
  `${SECRETS}## Ask\nSay hello.\n\`\`\`yaml step\nagent: ${agent}\ntools: [${tools}]\nretry: { max-attempts: 1 }\n${more}\n\`\`\`\n`;
const marked = (line: string) => expect.poll(() => linesOf("marks").join(), { timeout: 20_000 }).toContain(line);

/** All that the history holds, payloads as they read. */
const historyOf = async (run: string) => {
  const { events } = await project.connected.client.workflow.getHandle(run).fetchHistory();
  const decode = (_: string, data: string) => Buffer.from(data, "base64").toString();
  return JSON.stringify(events).replaceAll(/"data":"([^"]*)"/g, decode);
};

describe.each(KINDS)("%s", (kind) => {
  test("calls tools of every kind: MCP as a program and over HTTP, services over HTTP, modules and scripts", async () => {
    const calls = [
      { tool: "notes__add", args: { text: "a b c" } },
      { tool: "far__act", args: { value: "v" } },
      { tool: "service__send", args: { text: "t" } },
      { tool: "petstore__getPetById", args: { petId: 7 } },
      { tool: "words__count", args: { text: "a b c" } },
      { tool: "shell__say", args: { text: "hi" } },
    ];
    acts({ calls, text: "Done." });
    const grants = "notes.add, far.act, service.send, petstore.getPetById, words.*, shell.say";
    const report = await project.run(ask(grants, "", kind));
    expect(report.error).toBeNull();
    expect(answers().filter(({ isError }) => isError)).toEqual([]);
    const said = Object.fromEntries(answers().map(({ tool, content }) => [tool, content[0]?.text]));
    expect(said).toEqual({
      notes__add: "add: a b c",
      far__act: '{"got":"v"}',
      service__send: '{"url":"/send"}',
      petstore__getPetById: '{"url":"/api/v3/pet/7"}',
      words__count: '{"words":3}',
      shell__say: "say: hi",
    });
    expect(answers()[0]?.offered.toSorted()).toEqual(
      [...calls.map(({ tool }) => tool), "words__flood", "words__tell"].toSorted(),
    );
    expect(far.heard.at(-1)?.authorization).toBe(`Bearer ${TOKEN}`);
    expect(recorder.requests.find(({ method }) => method === "POST")?.headers["x-key"]).toBe(TOKEN);
    // The program itself never sees what the tools are reached with.
    expect(JSON.stringify(starts())).not.toContain(TOKEN);
  });
});

describe("a call", () => {
  test("has a key of its own, and the arguments that the model wrote: a secret that it names stays a name", async () => {
    const args = { text: "a" };
    acts({
      calls: [
        { tool: "notes__add", args },
        { tool: "notes__add", args },
        { tool: "far__act", args: { value: { $secret: "FAR_TOKEN" } } },
        { tool: "shell__safe", args: {} },
      ],
      text: "Done.",
    });
    const report = await project.run(ask("notes.add, far.act, shell.safe"));
    expect(report.error).toBeNull();
    expect(await historyOf(report.run)).toContain('"ownCalls":{"notes.add":2,"far.act":1,"shell.safe":1}');
    const keys = linesOf("notes.jsonl").map((line) => (JSON.parse(line) as { key: string }).key);
    expect(new Set(keys).size).toBe(2);
    const key = starts()[0]?.env["AIWORKFLOW_KEY"] as string;
    for (const one of keys) expect(one.startsWith(`${key}/`)).toBe(true);
    expect(linesOf("marks")[0]).toMatch(new RegExp(`^in safe ${key}/`));
    expect(answerOf("far__act")?.content[0]?.text).toBe('{"got":{"$secret":"FAR_TOKEN"}}');
  });

  test("of an agent that is no program has them too", async () => {
    const report = await project.run(
      `${SECRETS}## Ask\nSay hello.\n\`\`\`yaml step\nagent: ann\ntools: [shell.say, far.act]\n\`\`\`\n`,
    );
    expect(report.error).toBeNull();
    const history = await historyOf(report.run);
    expect(history).toContain('{"got":{"$secret":"FAR_TOKEN"}}');
    expect(history).not.toContain(TOKEN);
  });

  test("whose answer holds a secret gives it masked; one that says that it failed is told as such, and so is a misfit", async () => {
    acts({
      calls: [
        { tool: "words__tell", args: {} },
        { tool: "shell__fail", args: {} },
        { tool: "shell__say", args: { txt: 1 } },
        { tool: "words__flood", args: {} },
      ],
      text: "Done.",
    });
    const report = await project.run(ask("words.*, shell.*"));
    expect(report.error).toBeNull();
    const shown = (await runCommand(project.dir, "show", report.run)).stdout;
    for (const line of ["words.tell {}: answered", "shell.fail {}: failed", 'shell.say {"txt":1}: failed'])
      expect(shown).toContain(`- \`ask\` called ${line}\n`);
    expect(answerOf("words__tell")?.content[0]?.text).toBe("the token is ***");
    expect(answerOf("shell__fail")).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("no such note") }],
    });
    expect(answerOf("shell__say")).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("text") }],
    });
    expect(answerOf("words__flood")).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("ask for less") }],
    });
  });

  test("waits for its place where its operation has few", async () => {
    acts({ calls: [1, 2, 3, 4].map(() => ({ tool: "shell__one", args: { seconds: 0.2 } })), text: "Done." });
    const report = await project.run(ask("shell.one", "for-each: [1]"));
    expect(report.error).toBeNull();
    const { steps } = await joinOwnCalls(report, join(project.dir, ".aiworkflow", "artifacts"));
    expect(steps[0]?.ownCalls?.map(({ path }) => path)).toEqual(Array(4).fill("ask[0]"));
    expect(linesOf("marks").map((line) => line.split(" ", 1)[0])).toEqual([
      "in",
      "out",
      "in",
      "out",
      "in",
      "out",
      "in",
      "out",
    ]);
  });

  test("that hangs is ended by the tool's timeout, repeated as the step says, and fails the step", async () => {
    acts({ calls: [{ tool: "shell__slow", args: { seconds: 60 } }], text: "never" });
    const retry = "retry: { max-attempts: 2, initial-interval: 10ms }";
    const report = await project.run(ask("shell.slow").replace("retry: { max-attempts: 1 }", retry));
    expect(report.error).toMatchObject({ code: "step/timeout", message: expect.stringContaining("shell.slow") });
    expect(linesOf("marks").filter((line) => line.startsWith("in "))).toHaveLength(2);
    expect(new Set(linesOf("marks")).size).toBe(1);
    expect(starts()).toHaveLength(1);
  });

  test("that is to be made once and hangs leaves the step's outcome unknown", async () => {
    acts({ calls: [{ tool: "shell__late", args: { seconds: 60 } }], text: "never" });
    const report = await project.run(ask("shell.late").replace("max-attempts: 1", "max-attempts: 3"));
    expect(report.steps[0]).toMatchObject({ status: "outcome-unknown", error: { code: "step/outcome-unknown" } });
    expect(linesOf("marks")).toHaveLength(1);
  });

  test("that is to be made once and that the step's timeout cuts off leaves its outcome unknown", async () => {
    acts({ calls: [{ tool: "shell__once", args: { seconds: 60 } }], text: "never" });
    const report = await project.run(ask("shell.once", "timeout: 2s"));
    expect(report.steps[0]).toMatchObject({ status: "outcome-unknown", error: { code: "step/outcome-unknown" } });
  });

  test("to a server that says something else than before is not made, and ends the step", async () => {
    acts({
      calls: [
        { tool: "far__act", args: { value: "first" } },
        { tool: "far__act", args: { value: "second" }, after: "changed" },
      ],
      text: "never",
    });
    const run = await project.start(ask("far.act"));
    await expect.poll(() => answers().length, { timeout: 20_000 }).toBe(1);
    const { calls } = far;
    far.description = "Does something else";
    far.forget();
    project.write("fake/changed", "");
    const report = await project.follow(run);
    expect(report.error).toMatchObject({ code: "tool/changed" });
    expect(far.calls).toBe(calls);
  });

  test("more than `max-calls` allows ends the step", async () => {
    acts({ calls: [1, 2, 3].map(() => ({ tool: "shell__safe", args: {} })), text: "never" });
    const report = await project.run(ask("shell.safe", "max-calls: 2"));
    expect(report.error).toMatchObject({ code: "agent/too-many-calls" });
    expect(linesOf("marks").filter((line) => line.startsWith("in "))).toHaveLength(2);
  });
});

describe("a worker that is killed in the middle of a call", () => {
  test("that is to be made once: nobody makes it again, and the outcome is unknown", async () => {
    acts({ calls: [{ tool: "shell__once", args: { seconds: 60 } }], text: "never" }, { text: "never" });
    const run = await project.start(ask("shell.once"));
    await marked("in once");
    process.kill(project.worker.pid, "SIGKILL");
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "outcome-unknown", error: { code: "step/outcome-unknown" } });
    const shown = JSON.parse((await runCommand(project.dir, "show", run, "--json")).stdout) as RunReport;
    const at = expect.stringMatching(/^2\d{3}-.*Z$/);
    expect(shown.steps[0]?.ownCalls).toEqual([
      { path: "ask", at, operation: "shell.once", arguments: '{"seconds":60}', state: "begun" },
    ]);
    expect(linesOf("marks")).toHaveLength(1);
    expect(starts()).toHaveLength(1);
  });

  test("that is idempotent: it is made again with the same key, and the program knows what was done before", async () => {
    acts(
      {
        calls: [
          { tool: "notes__add", args: { text: "before" } },
          { tool: "shell__safe", args: { seconds: 60 }, after: "answers" },
        ],
        text: "never",
      },
      { calls: [{ tool: "shell__safe", args: { seconds: 60 } }], text: "never" },
    );
    const run = await project.start(ask("shell.safe, notes.add"));
    await marked("in safe");
    process.kill(project.worker.pid, "SIGKILL");
    await expect.poll(() => linesOf("marks").length, { timeout: 20_000 }).toBe(2);
    expect(new Set(linesOf("marks")).size).toBe(1);
    const [, second] = starts();
    expect(second?.stdin).toContain('- notes.add {"text":"before"}');
    expect(second?.stdin).not.toContain("- shell.safe");
    await project.connected.client.workflow.getHandle(run).cancel();
    expect((await project.follow(run)).status).toBe("cancelled");
  });
});

describe("what a program used", () => {
  const ONE = { inputTokens: 11, cacheReadTokens: 4, cacheWriteTokens: 3, outputTokens: 7 };
  /** Sums over the calls that the ledger has of a run. */
  const inLedger = (run: string) => {
    const ledger = openLedger(join(project.dir, ".aiworkflow/artifacts"));
    try {
      return ledger.db
        .prepare("SELECT sum(output_tokens) AS outputTokens, sum(input_tokens) AS inputTokens FROM calls WHERE run = ?")
        .get(run);
    } finally {
      ledger.close();
    }
  };

  test.each(["claude-code", "opencode"])("and told counts where the step fails: %s", async (kind) => {
    acts({ used: true, status: 400 });
    const report = await project.run(ask("shell.say", "", kind));
    expect(report.status).toBe("failed");
    expect(report.usage).toMatchObject(ONE);
    expect(report.steps[0]?.usage).toMatchObject(ONE);
    expect(inLedger(report.run)).toMatchObject({ outputTokens: 7, inputTokens: 11 });
  });

  test("counts where its time is over, and where the run is cancelled", async () => {
    acts({ used: true, hang: true }, { used: true, hang: true });
    const late = await project.run(ask("shell.say", "timeout: 3s", "opencode"));
    expect(late.error?.code).toBe("step/timeout");
    expect(late.usage).toMatchObject(ONE);
    const run = await project.start(ask("shell.say", "", "opencode"));
    await expect.poll(() => linesOf("fake/reached").length, { timeout: 20_000 }).toBe(2);
    await project.connected.client.workflow.getHandle(run).cancel();
    const cancelled = await project.follow(run);
    expect(cancelled.status).toBe("cancelled");
    expect(cancelled.usage).toMatchObject(ONE);
  });

  test("in attempts that failed counts once, whether the next one answers or not", async () => {
    const retry = (step: string) => step.replace("max-attempts: 1", "max-attempts: 2, initial-interval: 10ms");
    acts({ used: true, status: 529 }, { used: true, text: "At last." });
    const answered = await project.run(retry(ask("shell.say", "", "opencode")));
    expect(answered.steps[0]).toMatchObject({ status: "completed", attempts: 2 });
    expect(answered.usage.outputTokens).toBe(21);
    expect(inLedger(answered.run)).toMatchObject({ outputTokens: 21, inputTokens: 33 });

    rmSync(join(project.dir, "fake/starts.jsonl"));
    acts({ used: true, status: 529 }, { exit: { code: 3, stderr: "gone" } });
    const failed = await project.run(retry(ask("shell.say", "", "opencode")));
    expect(failed.status).toBe("failed");
    expect(failed.usage.outputTokens).toBe(7);
    expect(inLedger(failed.run)).toMatchObject({ outputTokens: 7 });
  });

  test("until it was killed counts, where the session's own counters do not have it", async () => {
    acts({ used: true, kill: true }, { text: "At last." });
    const step = ask("shell.say", "", "claude-code").replace(
      "max-attempts: 1",
      "max-attempts: 2, initial-interval: 10ms",
    );
    const report = await project.run(step);
    expect(report.steps[0]).toMatchObject({ output: "At last.", attempts: 2 });
    expect(report.usage).toMatchObject({ inputTokens: 22, outputTokens: 14 });
    expect(inLedger(report.run)).toMatchObject({ outputTokens: 14, inputTokens: 22 });
  });

  test("in a session that was lost counts beside that of the next one", async () => {
    acts({ used: true, status: 529 }, { text: "nobody asked" }, { used: true, text: "At last." });
    const step = ask("shell.say", "", "opencode").replace("max-attempts: 1", "max-attempts: 2, initial-interval: 2s");
    const run = await project.start(step);
    await expect.poll(() => linesOf("fake/reached").length, { timeout: 20_000 }).toBe(1);
    rmSync(join(project.dir, "fake/sessions"), { recursive: true });
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ output: "At last." });
    expect(report.usage.outputTokens).toBe(21);
    expect(inLedger(run)).toMatchObject({ outputTokens: 21 });
  });
});

describe("what its calls cost", () => {
  const dear = { tool: "shell__dear", args: {} };

  test("is in the report and the ledger, also where it fails", async () => {
    acts(
      { calls: [dear, dear], text: "Bought." },
      { calls: [dear], exitAfter: { code: 3, stderr: "no licence found" } },
    );
    const bought = await project.run(ask("shell.dear", "", "paid"));
    expect([bought.steps[0]?.output, bought.usage.usd, spent(bought.run)]).toEqual(["Bought.", 2, 2]);
    const failed = await project.run(ask("shell.dear", "", "paid"));
    expect([failed.error?.code, failed.usage.usd, spent(failed.run)]).toEqual(["agent/exit", 0.5, 0.5]);
  });

  test("must fit into the budget: a call that does not is not made, and ends the step", async () => {
    acts({ calls: [dear, dear], text: "Bought." });
    const report = await project.run(ask("shell.dear", "budget: { usd: 1.7 }", "paid"));
    expect(report.error).toMatchObject({ code: "budget/exceeded" });
    expect(spent(report.run)).toBe(0.5);
    expect(linesOf("marks").filter((line) => line.startsWith("in dear"))).toHaveLength(1);
  });

  const spent = (run: string) => {
    const ledger = openLedger(join(project.dir, ".aiworkflow", "artifacts"));
    return (ledger.db.prepare("SELECT SUM(usd) AS usd FROM calls WHERE run = ?").get(run) as { usd: number }).usd;
  };
});
