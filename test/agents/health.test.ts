// How agents are: by checks that cost nothing, by real calls, and by what model calls of runs found.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../command-line.ts";
import { openProject } from "../interpreter/open-project.ts";
import { type FakeApi, startFakeApi } from "./fake-api.ts";

let api: FakeApi;
let dir: string;
beforeAll(async () => {
  process.env["AGENT_TEST_KEY"] = "sk-very-secret-key";
  api = await startFakeApi();
  dir = mkdtempSync(join(tmpdir(), "aiworkflow-health-"));
  writeFileSync(join(dir, "aiworkflow.yaml"), config(api.url));
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await api.close().catch(() => undefined);
});

const config = (url: string) => `agent: claude
agents:
  claude: { kind: anthropic, base-url: "${url}", api-key-env: AGENT_TEST_KEY }
  local: { kind: openai-compatible, base-url: "${url}/v1", model: llama-test, price: { unit: requests, usd: 0.25 } }
  keyless: { kind: openai, api-key-env: NO_SUCH_KEY }
  lost: { kind: openai-compatible, base-url: "${url}/v1", model: no-such-model }
`;
const health = async (...args: readonly string[]) => {
  const { code, stdout } = await runCommand(dir, "agent", "health", ...args, "--json");
  return { code, agents: (JSON.parse(stdout) as { agents: readonly Record<string, unknown>[] }).agents };
};

describe("agent test", () => {
  test.each(["claude", "local"])("%s: one real call, with what it took", async (name) => {
    const before = api.requests.length;
    api.script({ text: "ready" });
    const { code, stdout } = await runCommand(dir, "agent", "test", name, "--prompt", "Well?", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      agent: name,
      ok: true,
      text: "ready",
      latencyMs: expect.any(Number),
      usage: { inputTokens: 11, cacheReadTokens: 4, outputTokens: 7, reasoningTokens: 2 },
    });
    expect(JSON.stringify(api.requests[before]?.body)).toContain("Well?");
    expect(api.requests).toHaveLength(before + 1);
    const costs = await runCommand(dir, "costs", "list", "--agent", name, "--json");
    expect(JSON.parse(costs.stdout).calls).toMatchObject([
      {
        agent: name,
        run: null,
        workflow: null,
        step: null,
        outputTokens: 7,
        usd: name === "local" ? 0.25 : null,
      },
    ]);
  });

  test("an answer that is cut off is paid for, too", async () => {
    const own = mkdtempSync(join(tmpdir(), "aiworkflow-health-"));
    try {
      writeFileSync(join(own, "aiworkflow.yaml"), config(api.url));
      api.script({ text: "rea", stop: "length" });
      const { code } = await runCommand(own, "agent", "test", "local");
      expect(code).not.toBe(0);
      const { stdout } = await runCommand(own, "costs", "list", "--json");
      expect(JSON.parse(stdout).calls).toMatchObject([{ agent: "local", outputTokens: 7, usd: 0.25 }]);
    } finally {
      rmSync(own, { recursive: true });
    }
  });

  test("is paid for without a run: the summary says so", async () => {
    const { stdout } = await runCommand(dir, "costs", "summary", "--json");
    expect(JSON.parse(stdout).rows).toMatchObject([
      { key: null, calls: 2, usd: 0.25, unpricedCalls: 1, outputTokens: 14 },
    ]);
    expect((await runCommand(dir, "costs", "summary")).stdout).toContain("outside of runs");
  });

  test("fails with a code and exit 1; a name that is not there is bad input", async () => {
    api.script({ status: 401, type: "authentication_error" });
    const refused = await runCommand(dir, "agent", "test", "claude", "--json");
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([
      1,
      { ok: false, error: { code: "agent/unauthorized" } },
    ]);
    const keyless = await runCommand(dir, "agent", "test", "keyless");
    expect([keyless.code, keyless.stdout]).toMatchObject([1, expect.stringContaining("NO_SUCH_KEY")]);
    expect(await runCommand(dir, "agent", "test", "claud")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("did you mean claude"),
    });
    api.script({ hang: true });
    const slow = await runCommand(dir, "agent", "test", "claude", "--timeout", "300ms", "--json");
    expect([slow.code, JSON.parse(slow.stdout)]).toMatchObject([1, { error: { code: "agent/timeout" } }]);
    // On a busy machine the time is up before the request is out, and the answer would wait for a later test.
    api.forget();
  });
});

describe("agent health", () => {
  test("says of each agent how it is, without a model call; failures are counted while they last", async () => {
    const before = api.requests.length;
    const { code, agents } = await health();
    expect(code).toBe(1);
    expect(agents).toMatchObject([
      {
        name: "claude",
        is_healthy: true,
        last_check: expect.stringMatching(/Z$/),
        latency_ms: expect.any(Number),
        consecutive_failures: 0,
        error: null,
      },
      { name: "local", is_healthy: true, consecutive_failures: 0 },
      { name: "keyless", is_healthy: false, error: expect.stringContaining("agent/no-key") },
      { name: "lost", is_healthy: false, error: expect.stringContaining("llama-test:latest") },
    ]);
    expect(api.requests.slice(before).every(({ path }) => path.includes("/models"))).toBe(true);
    expect((await health("lost")).agents[0]).toMatchObject({ consecutive_failures: 2 });
    expect((await health("lost", "--no-check")).agents[0]).toMatchObject({ consecutive_failures: 2 });
  });

  test("a server that is gone is ill, and well again when it is back", async () => {
    const gone = await startFakeApi();
    writeFileSync(join(dir, "aiworkflow.yaml"), config(gone.url));
    expect((await health("local")).agents[0]).toMatchObject({ is_healthy: true, consecutive_failures: 0 });
    await gone.close();
    await health("local");
    expect(await health("local")).toMatchObject({
      code: 1,
      agents: [{ is_healthy: false, consecutive_failures: 2, error: expect.stringContaining("ECONNREFUSED") }],
    });
    writeFileSync(join(dir, "aiworkflow.yaml"), config(api.url));
    expect((await health("local")).agents[0]).toMatchObject({ is_healthy: true, consecutive_failures: 0, error: null });
  });
});

test("a run's model calls tell, too", { timeout: 120_000 }, async () => {
  const project = await openProject({ "aiworkflow.yaml": config(api.url) });
  try {
    const shown = async () => {
      const { stdout } = await runCommand(project.dir, "agent", "health", "claude", "--no-check", "--json");
      return (JSON.parse(stdout) as { agents: readonly object[] }).agents[0];
    };
    expect(await shown()).toMatchObject({ is_healthy: null, last_check: null });
    api.script({ status: 529 }, { status: 529 }, { status: 529 });
    const retry = "```yaml step\nretry: { max-attempts: 3, initial-interval: 10ms }\n```\n";
    await project.run(`## Ask\nHello.\n${retry}`);
    expect(await shown()).toMatchObject({
      is_healthy: false,
      consecutive_failures: 3,
      error: expect.stringContaining("agent/overloaded"),
    });
    api.script({ text: "Hello." });
    await project.run("## Ask\nHello.\n");
    expect(await shown()).toMatchObject({ is_healthy: true, consecutive_failures: 0 });
  } finally {
    await project.close();
  }
});
