import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type HttpMcp, type Manner, startHttpMcp } from "./http-mcp.ts";

let mcp: HttpMcp;
let project: TestProject;
beforeAll(async () => {
  process.env["MCP_TOKEN"] = "hush-hush-token";
  mcp = await startHttpMcp();
  project = await openProject({
    "registry.yaml": `tools:\n  far: { kind: mcp, url: "${mcp.url}", headers: { Authorization: "Bearer \${{ secrets.MCP_TOKEN }}" } }\n`,
  });
});
beforeEach(() => {
  mcp.manner = "json";
});
afterEach(() => mcp.open().catch(() => undefined));
afterAll(async () => {
  await project.close();
  await mcp.close();
});

const call = (more = "effect: read\nretry: { max-attempts: 1 }") =>
  `## Call\n\`\`\`yaml step\nuses: far.act\nwith: { value: hi }\n${more}\n\`\`\`\n`;

test.each(["json", "stream"] as const)(
  "a call answered as %s gives its value, with the header of the registry",
  async (manner) => {
    mcp.manner = manner;
    const report = await project.run(call());
    expect(report.error).toBeNull();
    expect(report.steps[0]?.output).toEqual({ got: "hi" });
    expect(mcp.heard.at(-1)).toMatchObject({ authorization: "Bearer hush-hush-token" });
    expect(JSON.stringify(project.plan(call()))).not.toContain("hush");
  },
);

test("calls of all runs of a worker share one session", async () => {
  const before = mcp.sessions.size;
  await project.run(call());
  await project.run(call());
  expect(mcp.sessions.size).toBe(Math.max(before, 1));
});

test("a server that was started anew is connected to again, and the call is made once, also where it may be made only once", async () => {
  await project.run(call());
  mcp.forget();
  const before = mcp.calls;
  const report = await project.run(call("effect: at-most-once"));
  expect(report.steps[0]).toMatchObject({ status: "completed", attempts: 1 });
  expect(mcp.calls).toBe(before + 1);
});

describe("a call that goes wrong ends in its time with a name", () => {
  const cases: readonly [manner: Manner, code: string, words: string][] = [
    ["cut", "tool/died", "broke during the call"],
    ["cut after the head", "tool/died", "ended during the call"],
    ["end without answer", "tool/died", "ended during the call"],
    ["flood", "tool/output-too-large", "more than 10 MB"],
    ["refuse", "tool/refused", "not with me"],
    ["error 503", "tool/refused", "503: come back later"],
  ];
  test.each(cases)("%s: %s", async (manner, code, words) => {
    mcp.manner = manner;
    const report = await project.run(call());
    expect(report.error?.code).toBe(code);
    expect(report.error?.message).toContain(words);
    mcp.manner = "json";
    expect((await project.run(call())).status).toBe("completed");
  });

  test.each(["cut", "cut after the head", "end without answer", "error 503"] as const)(
    "%s of a call that may be made only once leaves its outcome unknown, never a success",
    async (manner) => {
      mcp.manner = manner;
      const before = mcp.calls;
      const report = await project.run(call("effect: at-most-once"));
      expect(report.steps[0]?.status).toBe("outcome-unknown");
      expect(mcp.calls).toBe(before + 1);
    },
  );

  test.each([
    ["cut", "tool/died"],
    ["flood", "tool/output-too-large"],
  ] as const)("%s: another call of the same session is answered", async (manner, code) => {
    mcp.manner = "held";
    mcp.held.length = 0;
    const sessions = mcp.sessions.size;
    const lost = await project.start(call());
    await expect.poll(() => mcp.held.length).toBe(1);
    const other = await project.start(call());
    await expect.poll(() => mcp.held.length).toBe(2);
    mcp.held[0]?.[manner]();
    expect((await project.follow(lost)).error?.code).toBe(code);
    mcp.held[1]?.answer();
    expect((await project.follow(other)).error).toBeNull();
    // New calls have another connection, and the old one ends with its last call.
    mcp.manner = "json";
    expect((await project.run(call())).status).toBe("completed");
    await expect.poll(() => mcp.sessions.size).toBe(Math.max(sessions, 1));
  });

  test("never: the step's time holds, and the session ends, so that the server need not go on", async () => {
    await project.run(call());
    const [session] = [...mcp.sessions];
    mcp.manner = "never";
    const startedAt = Date.now();
    const report = await project.run(call("effect: read\ntimeout: 1s\nretry: { max-attempts: 1 }"));
    expect(report.error).toMatchObject({ code: "step/timeout" });
    expect(Date.now() - startedAt).toBeLessThan(4000);
    await expect.poll(() => mcp.sessions.has(session as string), { timeout: 5000 }).toBe(false);
  });

  test("a cancel ends a call that hangs", async () => {
    mcp.manner = "never";
    const before = mcp.calls;
    const run = await project.start(call());
    await expect.poll(() => mcp.calls, { timeout: 10_000 }).toBe(before + 1);
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
  });

  test("a server that takes no connection is unreachable, and the next attempt finds it again", async () => {
    await project.run(call());
    await mcp.shut();
    const report = await project.run(call("effect: at-most-once"));
    expect(report.error).toMatchObject({ code: "tool/unreachable" });
    const run = await project.start(
      call("effect: read\nretry: { max-attempts: 20, initial-interval: 100ms, backoff: 1 }"),
    );
    await project.reportWhen(run, ({ steps }) => steps[0]?.status === "running");
    await mcp.open();
    expect((await project.follow(run)).status).toBe("completed");
  });
});

test("the worker's end ends its session", async () => {
  const other = await openProject({ "registry.yaml": `tools:\n  far: { kind: mcp, url: "${mcp.url}" }\n` });
  const before = mcp.sessions.size;
  expect((await other.run(call())).status).toBe("completed");
  expect(mcp.sessions.size).toBe(before + 1);
  await other.close();
  await expect.poll(() => mcp.sessions.size, { timeout: 5000 }).toBe(before);
});
