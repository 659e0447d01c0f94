// Servers that other people wrote, in their own processes, against runs as they are.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findFreePort } from "../../src/server/free-port.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { nameByPid } from "../../src/system/pid-space.ts";
import { type FakeApi, startFakeApi } from "../agents/fake-api.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { everything, filesystem } from "./reference-servers.ts";

let port: number;
let far: ChildProcess;
let api: FakeApi;
let project: TestProject;
const startFar = async () => {
  far = spawn(process.execPath, [everything, "streamableHttp"], {
    env: { PATH: process.env["PATH"], PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  far.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await vi.waitFor(() => expect(said).toContain("listening"), { timeout: 20_000 });
};
beforeAll(async () => {
  port = await findFreePort(0);
  await startFar();
  api = await startFakeApi();
  project = await openProject({
    "aiworkflow.yaml": `agents: { ann: { kind: recorded, replies: replies.yaml }, local: { kind: openai-compatible, model: llama-test, base-url: "${api.url}/v1" } }\n`,
    "replies.yaml": [
      "stray: [{ call: files.write_file, with: { path: x, content: x } }, { call: files.write_file, with: {} }]",
      "",
    ].join("\n"),
    "registry.yaml": [
      "tools:",
      `  near: { kind: mcp, command: node, args: ["${everything}"] }`,
      `  far: { kind: mcp, url: "http://127.0.0.1:${port}/mcp" }`,
      `  files: { kind: mcp, command: node, args: ["${filesystem}", shelf], operations: { move_file: { effect: at-most-once } } }`,
      "",
    ].join("\n"),
    "shelf/in/a.txt": "for ann",
    "shelf/out/.keep": "",
  });
  mkdirSync(join(project.dir, "shelf/out"), { recursive: true });
});
afterAll(async () => {
  far.kill("SIGKILL");
  await project.close();
  await api.close();
});

const call = (name: string, args: string, more = "effect: read\nretry: { max-attempts: 1 }") =>
  `## Call\n\`\`\`yaml step\nuses: ${name}\nwith: ${args}\n${more}\n\`\`\`\n`;
const long = "{ duration: 60, steps: 60 }";

describe.each(["near", "far"])("the reference server, %s", (name) => {
  test.each([
    ["echo", "{ message: hi }", "Echo: hi"],
    ["get-sum", "{ a: 2, b: 40 }", "The sum of 2 and 40 is 42."],
  ])("%s", async (operation, args, expected) => {
    const report = await project.run(call(`${name}.${operation}`, args));
    expect(report.error).toBeNull();
    expect(report.steps[0]?.output).toBe(expected);
  });

  test("structured content is a value", async () => {
    const { steps } = await project.run(call(`${name}.get-structured-content`, '{ location: "New York" }'));
    expect(steps[0]?.output).toMatchObject({ temperature: expect.any(Number), conditions: expect.any(String) });
  });

  test("what it refuses fails the step", async () => {
    const report = await project.run(call(`${name}.get-sum`, "{ a: two, b: 1 }"));
    expect(report.status).toBe("failed");
    expect(report.error?.code).toMatch(/^tool\/(failed|refused)$/);
  });

  test("a call that takes longer than the step has is ended, and the server goes on", async () => {
    const report = await project.run(
      call(`${name}.trigger-long-running-operation`, long, "effect: read\ntimeout: 1s\nretry: { max-attempts: 1 }"),
    );
    expect(report.error).toMatchObject({ code: "step/timeout" });
    expect((await project.run(call(`${name}.echo`, "{ message: on }"))).steps[0]?.output).toBe("Echo: on");
  });
});

test("a server over HTTP that is killed during a call: never a success, and found again when it is back", async () => {
  const run = await project.start(call("far.trigger-long-running-operation", long, "effect: at-most-once"));
  await project.reportWhen(run, ({ steps }) => steps[0]?.status === "running");
  await expect.poll(() => project.history(run)).toContain("activityTaskScheduled");
  await project.run(call("far.echo", "{ message: there }"));
  far.kill("SIGKILL");
  expect((await project.follow(run)).steps[0]?.status).toBe("outcome-unknown");
  await startFar();
  expect((await project.run(call("far.echo", "{ message: back }"))).steps[0]?.output).toBe("Echo: back");
});

test("an agent without MCP of its own moves a file through the filesystem server", async () => {
  const json = '{"source": "in/a.txt", "destination": "out/b.txt"}';
  api.script({ calls: [{ id: "c1", name: "files__move_file", json }] }, { text: "moved" });
  const run = await project.start("## Move\nMove it.\n```yaml step\nagent: local\ntools: [files.move_file]\n```\n");
  const report = await project.follow(run);
  expect(report.error).toBeNull();
  expect(report.steps[0]).toMatchObject({ status: "completed", output: "moved" });
  expect(existsSync(join(project.dir, "shelf/in/a.txt"))).toBe(false);
  expect(readFileSync(join(project.dir, "shelf/out/b.txt"), "utf8")).toBe("for ann");
  // To the model it is a function.
  const parameters = { type: "object", properties: { source: { type: "string" }, destination: { type: "string" } } };
  const [request] = api.requests;
  expect(request?.body["tools"]).toMatchObject([
    { type: "function", function: { name: "files__move_file", parameters } },
  ]);
  const { events } = await project.connected.client.workflow.getHandle(run).fetchHistory();
  const types = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
  expect(types.filter((type) => type === "files.move_file")).toHaveLength(1);
});

test("an operation of a granted server that is not granted itself is never called", async () => {
  const report = await project.run("## Stray\nWrite.\n```yaml step\nagent: ann\ntools: [files.move_file]\n```\n");
  expect(existsSync(join(project.dir, "shelf/x"))).toBe(false);
  expect(report.error).toMatchObject({ code: "agent/refused-tool" });
});

test("servers end with their worker", async () => {
  const notes = join(project.dir, ".aiworkflow", "children", nameByPid(project.worker.pid));
  const pids = readdirSync(notes).map((name) => Number.parseInt(name, 10));
  const before = pids.filter(isAlive);
  expect(before.length).toBeGreaterThan(1);
  process.kill(project.worker.pid, "SIGKILL");
  await expect.poll(() => before.filter(isAlive), { timeout: 5000 }).toEqual([]);
});
