import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const program = resolve("test/tools/mcp-server.ts");
const serverEntry = (mode: string) =>
  `{ kind: mcp, command: node, args: ["${program}", ${mode}], env: { TOKEN: "\${{ secrets.MCP_TOKEN }}" } }`;

let project: TestProject;
beforeAll(async () => {
  process.env["MCP_TOKEN"] = "hush-hush-token";
  process.env["WORKER_ONLY"] = "not for tools";
  project = await openProject({
    "registry.yaml": `tools:\n${["good", "dies", "mute", "chatty"].map((mode) => `  ${mode}: ${serverEntry(mode)}\n`).join("")}`,
  });
});
afterAll(() => project.close());

const call = (name: string, more = "effect: read", args = "{}") =>
  `## Call\n\`\`\`yaml step\nuses: ${name}\nwith: ${args}\n${more}\n\`\`\`\n`;
const once = "effect: read\nretry: { max-attempts: 1 }";
const outputOf = ({ steps }: RunReport) => steps[0]?.output as Record<string, unknown>;

test("a call gives its value; calls of one run share one server process", async () => {
  const two = `${call("good.echo", "effect: read", "{ value: a }")}${call("good.echo", "effect: read\nid: again", "{ value: b }")}`;
  const report = await project.run(two);
  expect(report.error).toBeNull();
  const [first, second] = report.steps.map((step) => step.output as { value: string; pid: number });
  expect([first?.value, second?.value]).toEqual(["a", "b"]);
  expect(first?.pid).toBe(second?.pid);
});

test("a call is told its idempotency key", async () => {
  const report = await project.run(call("good.meta"));
  expect(outputOf(report)).toMatchObject({ "aiworkflow/idempotency-key": `${report.run}/call` });
});

test("parallel first calls start one server, not several", async () => {
  process.kill(project.worker.pid, "SIGKILL");
  const report = await project.run(
    `## Each\n\`\`\`yaml step\nuses: good.echo\nfor-each: "\${{ [1, 2, 3, 4, 5] }}"\nmax-parallel: 5\nwith: { value: "\${{ string(item) }}" }\neffect: read\n\`\`\`\n`,
  );
  const pids = new Set((report.steps[0] as unknown as { output: { pid: number }[] }).output.map(({ pid }) => pid));
  expect(pids.size).toBe(1);
});

describe("what the server refuses fails the step with its words", () => {
  test.each([
    ["good.fail", "{}", "tool/failed", "no such mail"],
    ["good.throw", "{}", "tool/failed", "inner trouble"],
    ["good.echo", "{ value: 7 }", "tool/", "value"],
    ["good.nothing", "{}", "tool/", "nothing"],
  ])("%s %s", async (name, args, code, words) => {
    const report = await project.run(call(name, once, args));
    expect(report.status).toBe("failed");
    expect(report.error?.code).toContain(code);
    expect(report.error?.message).toContain(words);
  });
});

test("the server's environment is what the registry gives it, and nothing else of the worker's", async () => {
  const { output } = (await project.run(call("good.env"))).steps[0] ?? {};
  const env = output as Record<string, string>;
  expect(env["TOKEN"]).toBe("***");
  expect(env["WORKER_ONLY"]).toBeUndefined();
  expect(env["PATH"]).toBeDefined();
});

test("a large answer is kept outside history", async () => {
  const report = await project.run(call("good.flood"));
  expect(outputOf(report)).toMatchObject({ $artifact: expect.any(String), bytes: expect.any(Number) });
});

test("far too large an answer fails the step", async () => {
  const report = await project.run(call("good.deluge"));
  expect(report.steps[0]).toMatchObject({ status: "failed", error: { code: "tool/output-too-large" } });
});

test("a server that dies during a call: a reading step asks a new server, one that may not repeat is left unknown", async () => {
  const read = await project.run(
    call("good.crash", "effect: read\nretry: { max-attempts: 2, initial-interval: 10ms }"),
  );
  expect(read.steps[0]).toMatchObject({ status: "failed", attempts: 2, error: { code: "tool/died" } });
  const act = await project.run(call("good.crash", "effect: at-most-once"));
  expect(act.steps[0]?.status).toBe("outcome-unknown");
  expect((await project.run(call("good.echo", "effect: read", "{ value: back }"))).status).toBe("completed");
});

test("a server that closes its output has ended, whether its process has or not", async () => {
  const report = await project.run(call("good.mum", `${once}\ntimeout: 60s`));
  expect(report.steps[0]?.error).toMatchObject({ code: "tool/died" });
  expect((await project.run(call("good.echo", "effect: read", "{ value: back }"))).status).toBe("completed");
});

describe("a server that hangs is ended with everything it started", () => {
  const helper = async (count: number) => {
    await expect
      .poll(() => project.read("mcp-helpers").trim().split("\n").filter(Boolean).length, { timeout: 20_000 })
      .toBe(count);
    return Number(project.read("mcp-helpers").trim().split("\n").at(-1));
  };

  test("when the step's time is over", async () => {
    const report = await project.run(call("good.hang", "timeout: 500ms\neffect: read\nretry: { max-attempts: 1 }"));
    expect(report.error).toMatchObject({ code: "step/timeout" });
    const pid = await helper(1);
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  test("when the run is cancelled", async () => {
    const run = await project.start(call("good.hang"));
    const pid = await helper(2);
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  test("when the worker is killed", async () => {
    const run = await project.start(call("good.hang", "effect: at-most-once"));
    const pid = await helper(3);
    process.kill(project.worker.pid, "SIGKILL");
    expect((await project.follow(run)).status).toBe("outcome-unknown");
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });
});

describe("a server that does not start", () => {
  test("is told with the end of what it printed", async () => {
    const report = await project.run(call("dies.echo", once, "{ value: x }"));
    expect(report.error).toMatchObject({ code: "tool/unreachable" });
    expect(report.error?.message).toContain("no licence found");
  });

  test("or never answers: the step's time limit holds", async () => {
    const startedAt = Date.now();
    const report = await project.run(call("mute.echo", `timeout: 1s\n${once}`, "{ value: x }"));
    expect(report.error).toMatchObject({ code: "step/timeout" });
    expect(Date.now() - startedAt).toBeLessThan(3000);
    const pid = Number(project.read("mcp-starts").trim().split("\n").at(-1));
    await expect.poll(() => isAlive(pid), { timeout: 3000 }).toBe(false);
  });

  test("but one that greets on stdout first is used all the same", async () => {
    expect(outputOf(await project.run(call("chatty.echo", "effect: read", "{ value: hi }")))).toMatchObject({
      value: "hi",
    });
  });
});

test("the worker's end leaves no server behind", async () => {
  const other = await openProject({ "registry.yaml": `tools:\n  good: ${serverEntry("good")}\n` });
  const report = await other.run(call("good.echo", "effect: read", "{ value: x }"));
  const pid = outputOf(report)["pid"] as number;
  expect(isAlive(pid)).toBe(true);
  await other.close();
  await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
});
