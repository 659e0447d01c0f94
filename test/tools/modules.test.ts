import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const notes = `
import { appendFileSync, writeSync } from "node:fs";
import { spawn } from "node:child_process";
import { answer } from "of-the-project";
interface Context { readonly key: string; readonly env: Record<string, string>; readonly signal: AbortSignal }
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const note = (what: string) => appendFileSync("marks", what + "\\n");

export const operations = {
  find: {
    description: "Finds notes",
    parameters: { topic: "string" },
    effect: "read",
    cost: { usd: 0.25 },
    async call({ topic }: { topic: string }, { key, env, signal }: Context) {
      console.log("this is not the answer");
      process.stdout.write("nor this");
      const own = Object.keys(process.env).filter((name) => !["PATH", "HOME", "LANG", "TMPDIR", "PWD", "SHLVL", "_"].includes(name));
      return { topic, answer, key, env, own: own.sort(), aborted: signal.aborted };
    },
  },
  nothing: { effect: "read", call: () => undefined },
  throws: { effect: "read", call() { throw new Error("no such note"); } },
  exits: { effect: "read", call() { process.exit(0); } },
  crashes: { effect: "read", call: () => { setTimeout(() => { throw new Error("from nowhere"); }, 1); return sleep(60_000); } },
  forgets: { effect: "read", call: () => new Promise(() => undefined) },
  floods: { effect: "read", call: () => "x".repeat(20_000_000) },
  prints: { effect: "read", call() { for (let i = 0; i < 300; i += 1) console.log("y".repeat(100_000)); return "done"; } },
  spoils: { effect: "read", call() { process.once("exit", () => writeSync(1, "}")); return 1; } },
  bigint: { effect: "read", call: () => 10n },
  once: { call() { note("once"); process.exit(7); } },
  hangs: {
    effect: "read",
    timeout: "700ms",
    async call() {
      const child = spawn("sleep", ["300"], { stdio: "ignore" });
      note("helper " + child.pid);
      for (;;) {}
    },
  },
  waits: {
    effect: "read",
    async call(_: object, { signal }: Context) {
      note("waiting " + process.pid);
      signal.addEventListener("abort", () => note("heard"));
      await sleep(60_000);
      return "never seen";
    },
  },
};
`;

let project: TestProject;
beforeAll(async () => {
  process.env["MODULE_TOKEN"] = "hush-hush-module";
  process.env["WORKER_ONLY"] = "not for modules";
  project = await openProject({
    "node_modules/of-the-project/index.js": "export const answer = 42;\n",
    "node_modules/of-the-project/package.json": '{"type": "module", "exports": "./index.js"}',
    "package.json": '{"type": "commonjs"}',
    "tools/notes.module.ts": notes,
    "tools/notes.yaml":
      'env: { TOKEN: "${{ secrets.MODULE_TOKEN }}" }\noperations: { throws: { description: Throws } }\n',
  });
});
afterAll(() => project.close());

const call = (operation: string, more = "retry: { max-attempts: 1 }", args = "{}") =>
  `## Call\n\`\`\`yaml step\nuses: notes.${operation}\nwith: ${args}\n${more}\n\`\`\`\n`;
const mark = async (word: string) => {
  const last = () =>
    project
      .read("marks")
      .trim()
      .split("\n")
      .findLast((line) => line.startsWith(word));
  await expect.poll(last, { timeout: 20_000 }).toBeDefined();
  return Number((last() as string).split(" ").at(-1));
};

test("a call gives what the function gives; it knows its key and its own environment, and nothing else of the worker's", async () => {
  const report = await project.run(call("find", "id: call", '{ topic: "sagas" }'));
  expect(report.error).toBeNull();
  expect(report.steps[0]?.output).toEqual({
    topic: "sagas",
    answer: 42,
    key: `${report.run}/call`,
    env: { TOKEN: "***" },
    own: ["AIWORKFLOW_KEY", "TOKEN"],
    aborted: false,
  });
});

test("what the module says of an operation is in the plan, with what stands beside it in YAML", () => {
  const plan = project.plan(call("find"));
  expect(plan.steps[0]).toMatchObject({ effect: "read", retry: { maxAttempts: 1 } });
  expect(plan.tools["notes"]?.operations["find"]).toMatchObject({
    description: "Finds notes",
    effect: "read",
    usd: 0.25,
  });
  expect(plan.tools["notes"]?.operations["throws"]).toEqual({ description: "Throws", effect: "read" });
  expect(project.plan(call("hangs")).steps[0]?.timeoutMs).toBe(700);
  expect(() => project.plan(call("fnid"))).toThrow();
});

test("nothing is null", async () => {
  expect((await project.run(call("nothing"))).steps[0]).toMatchObject({ status: "completed", output: null });
});

describe("a call that goes wrong ends with a name, and the worker lives", () => {
  test.each([
    ["throws", "tool/failed", "no such note"],
    ["exits", "tool/died", "ended with 0 before it gave an answer"],
    ["crashes", "tool/died", "from nowhere"],
    ["forgets", "tool/died", "before it gave an answer"],
    ["floods", "tool/output-too-large", "10 MB"],
    ["spoils", "tool/died", "that can be read"],
    ["bigint", "tool/failed", "BigInt"],
    ["find", "tool/invalid-arguments", "topic"],
  ])("%s: %s", async (operation, code, words) => {
    const worker = project.worker.pid;
    const report = await project.run(call(operation));
    expect(report.error?.code).toBe(code);
    expect(report.error?.message).toContain(words);
    expect(project.worker.pid).toBe(worker);
  });

  test("what it prints is no answer, however much it is", async () => {
    expect((await project.run(call("prints"))).steps[0]?.output).toBe("done");
  });

  test("one that dies in a call that may be made only once leaves its outcome unknown", async () => {
    const report = await project.run(call("once", "effect: at-most-once"));
    expect(report.steps[0]?.status).toBe("outcome-unknown");
    expect(project.read("marks").match(/^once$/gm)).toHaveLength(1);
  });

  test("one that hangs is ended with everything it started", async () => {
    const report = await project.run(call("hangs"));
    expect(report.error).toMatchObject({ code: "step/timeout" });
    const helper = await mark("helper");
    await expect.poll(() => isAlive(helper), { timeout: 5000 }).toBe(false);
  });

  test("a cancel reaches it by its signal, and ends it", async () => {
    const run = await project.start(call("waits"));
    const pid = await mark("waiting");
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
    await expect.poll(() => project.read("marks")).toContain("heard");
    expect(isAlive(pid)).toBe(false);
  });
});

test("a run keeps the module that it began with", async () => {
  project.write("tools/early.module.ts", 'export const operations = { say: { effect: "read", call: () => "old" } };\n');
  const run = await project.start(
    "## Gate\n```yaml step\nwait-for: { signal: go }\n```\n## Say\n```yaml step\nuses: early.say\n```\n",
  );
  project.write("tools/early.module.ts", 'export const operations = { say: { effect: "read", call: () => "new" } };\n');
  await project.reportWhen(run, ({ status }) => status === "waiting");
  await project.connected.client.workflow.getHandle(run).signal("go", {});
  expect((await project.follow(run)).steps[1]?.output).toBe("old");
});

test("a module cannot write or start anything while its operations are read", () => {
  project.write(
    "tools/sly.module.ts",
    'import { writeFileSync } from "node:fs";\nwriteFileSync("caught", "");\nexport const operations = {};\n',
  );
  expect(() => project.plan(call("find"))).toThrow(/permission|restricted/i);
  expect(project.read("caught")).toBe("");
  project.write("tools/sly.module.ts", 'import "./other.ts";\nexport const operations = {};\n');
  expect(() => project.plan(call("find"))).toThrow(/other\.ts/);
  project.write("tools/sly.module.ts", "export const operations = {};\n");
});
