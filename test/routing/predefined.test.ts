import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const NAMES = ["claude-code", "opencode-gpt4o", "opencode-gpt4o-mini", "opencode-claude"];
/** Programs that are found on PATH by the names of the real ones. */
let programs: string;
let project: TestProject;
const before = { ...process.env };
beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), "aiworkflow-programs-"));
  const fake = join(programs, "fake");
  mkdirSync(fake);
  writeFileSync(join(fake, "acts.json"), JSON.stringify(Array.from({ length: 40 }, () => ({ text: "Hello." }))));
  for (const [command, kind] of [
    ["claude", "claude-code"],
    ["opencode", "opencode"],
  ]) {
    const file = join(programs, command as string);
    const program = resolve("test/agents/fake-program.ts");
    writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${program}" ${kind} "${fake}" "$@"\n`);
    chmodSync(file, 0o755);
  }
  delete process.env["ANTHROPIC_API_KEY"];
  delete process.env["OPENAI_API_KEY"];
  Object.assign(process.env, {
    PATH: `${programs}${delimiter}${before["PATH"]}`,
    CLAUDE_CODE_OAUTH_TOKEN: "none",
    OPENROUTER_API_KEY: "none",
  });
  project = await openProject();
});
afterAll(async () => {
  await project.close();
  process.env = before;
  rmSync(programs, { recursive: true });
});

const ask = (yaml: string) => `## Ask\nSay hello.\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const json = async (...args: readonly string[]) =>
  JSON.parse((await runCommand(project.dir, ...args, "--json")).stdout);

test("`agent list` has the four, where they came from and whether their program is there", async () => {
  const { agents } = await json("agent", "list");
  expect(agents.map(({ name }: { name: string }) => name)).toEqual(NAMES);
  for (const agent of agents) expect(agent).toMatchObject({ from: "predefined", missing: null, default: false });
  const info = await runCommand(project.dir, "agent", "info", "opencode-claude");
  expect(info.stdout).toMatch(/^opencode-claude: opencode, anthropic\/\S+\nPredefined on \d{4}-\d{2}-\d{2}/);
});

test.each(NAMES)("%s answers a step of a project that configures nobody", async (name) => {
  project.write("ask.md", `---\nname: by-${name}\n---\n${ask("timeout: 1m")}`);
  const report = await json("run", "ask.md", "-a", name);
  expect(report).toMatchObject({ status: "completed" });
  expect(report.steps[0]).toMatchObject({ output: "Hello.", agent: expect.stringContaining(`${name} (`) });
});

test("one file under three presets picks differently among them", async () => {
  const pick = async (preset: string) => {
    const report = await project.run(ask(`agent: { preset: ${preset} }`));
    expect(report.steps[0]?.route?.candidates).toHaveLength(4);
    return report.steps[0]?.agent?.split(" ", 1)[0];
  };
  expect([await pick("default"), await pick("cost_optimised"), await pick("quality_optimised")]).toEqual([
    "opencode-claude",
    "opencode-gpt4o-mini",
    "claude-code",
  ]);
});

test("one whose program is not on the worker is passed over, and the report says why", async () => {
  rmSync(join(programs, "claude"));
  const report = await project.run(ask("agent: { preset: quality_optimised }"));
  expect(report.steps[0]).toMatchObject({ status: "completed", agent: expect.stringMatching(/^opencode-claude/) });
  const told = report.steps[0]?.route?.candidates?.find(({ agent }) => agent === "claude-code");
  expect(told?.rejected).toBe("program: there is no claude");
  const { agents } = await json("agent", "list");
  expect(agents[0]).toMatchObject({ name: "claude-code", missing: "claude" });
});

describe("in a project that configures agents", () => {
  beforeAll(() => {
    project.write("replies.yaml", "ask: [From the project.]\n");
    project.write(
      "aiworkflow.yaml",
      "agents:\n  own: { kind: recorded, replies: replies.yaml }\n  opencode-claude: { kind: recorded, replies: replies.yaml }\n",
    );
  });

  test("a strategy over all agents leaves them out, and they can be named", () => {
    const names = (yaml: string) =>
      project.plan(ask(yaml)).steps.map((step) => "route" in step && step.route?.candidates);
    expect(names("agent: { strategy: random }")).toMatchObject([[{ agent: "own" }, { agent: "opencode-claude" }]]);
    expect(names("agent: { strategy: random, among: [own, claude-code] }")).toMatchObject([
      [{ agent: "own" }, { agent: "claude-code" }],
    ]);
  });

  test("an entry of the same name takes the place of a predefined one", async () => {
    const report = await project.run(ask("agent: opencode-claude"));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "From the project." });
    expect(await json("agent", "info", "opencode-claude")).toMatchObject({ kind: "recorded", from: "aiworkflow.yaml" });
  });
});
