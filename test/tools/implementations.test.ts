import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadWorkflow } from "../../src/bundle/load-workflow.ts";
import { chooseTool, type ToolAbilities } from "../../src/language/tool-kinds/choose-tool.ts";
import type { Implementation } from "../../src/language/tool-kinds/tool-entry.ts";
import type { Plan, ToolSpec } from "../../src/plan/plan.ts";
import { StepFailure } from "../../src/plan/step-failure.ts";
import type { AgentStep } from "../../src/plan/step.ts";
import { reachTool } from "../../src/tools/reach-tool.ts";
import type { ToolContext } from "../../src/tools/tool-kind.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const way = (kind: string, more: Partial<Implementation> = {}): Implementation => ({
  spec: { kind, operations: {} },
  enabled: true,
  ...more,
});
const chosen = (implementations: readonly Implementation[], agent?: ToolAbilities) => {
  const { spec, missing } = chooseTool({ implementations }, agent);
  return missing ?? (spec === undefined ? "off" : [spec.kind, ...(spec.fallbacks ?? []).map(({ kind }) => kind)]);
};
const native = { mcp: "native", "tool-calling": true } as const;
const bridged = { mcp: "bridged", "tool-calling": true } as const;
const calling = { mcp: "none", "tool-calling": true } as const;
const silent = { mcp: "bridged", "tool-calling": false } as const;

describe("which implementation is chosen", () => {
  test.each([
    [
      "by kind: mcp before custom ones",
      [way("script"), way("module"), way("mcp")],
      bridged,
      ["mcp", "module", "script"],
    ],
    ["a step without an agent uses all", [way("script"), way("mcp")], undefined, ["mcp", "script"]],
    ["what is off is left out", [way("mcp", { enabled: false }), way("script")], native, ["script"]],
    ["priority counts before the kind", [way("mcp"), way("script", { priority: 1 })], native, ["script", "mcp"]],
    ["what the agent cannot use is left out", [way("mcp", { priority: 1 }), way("script")], calling, ["script"]],
    ["an agent without MCP", [way("mcp")], calling, "mcp"],
    ["an agent that calls no tools", [way("mcp"), way("script")], silent, "tool-calling"],
    ["all off", [way("mcp", { enabled: false })], native, "off"],
    [
      "the order of the file, where nothing else decides",
      [way("script", { priority: 2 }), way("script", { priority: 1 })],
      bridged,
      ["script", "script"],
    ],
  ] as const)("%s", (_, implementations, agent, expected) => {
    expect(chosen(implementations, agent)).toEqual(expected);
  });
});

test("a server has one name among the ways to a tool, in whatever place an agent has it", async () => {
  const [gone, far, other] = ["gone", "far", "other"].map((command) => ({ kind: "mcp", command, operations: {} }));
  const script = { kind: "script", operations: {} };
  /** Names of the ways, the last one of which can be reached. */
  const waysOf = async (...[first, ...fallbacks]: readonly ToolSpec[]) => {
    const ways: string[] = [];
    await reachTool(
      { name: "notes", spec: { ...first, fallbacks } as ToolSpec },
      async () => ({}) as ToolContext,
      async ({ way }) => {
        ways.push(way);
        if (ways.length <= fallbacks.length) throw new StepFailure("tool/unreachable", "not there");
      },
    );
    return ways;
  };
  const ofOne = await waysOf(gone as ToolSpec, script, far as ToolSpec);
  const ofAnother = await waysOf(gone as ToolSpec, far as ToolSpec, other as ToolSpec);
  expect(ofOne[0]).toBe("notes");
  expect(ofAnother[1]).toBe(ofOne[2]);
  expect(new Set([...ofOne, ...ofAnother]).size).toBe(4);
});

const registry = (more = "") =>
  `tools:\n  notes:\n    implementations:\n      - { kind: mcp, command: nowhere-to-be-found${more} }\n      - { kind: script, file: notes.sh }\n    operations: { find: { effect: read } }\n`;

test("the same step for two agents has two plans, and an agent that nothing suits is told by name: exit 2", async () => {
  const folder = mkdtempSync(join(tmpdir(), "aiworkflow-choice-"));
  try {
    writeFileSync(join(folder, "aiworkflow.yaml"), "agents: { able: { kind: anthropic }, plain: { kind: openai } }\n");
    writeFileSync(join(folder, "registry.yaml"), registry());
    writeFileSync(join(folder, "notes.sh"), "#!/bin/sh\necho x\n");
    writeFileSync(join(folder, "capabilities.yaml"), "plain: { mcp: none }\n");
    writeFileSync(join(folder, "w.md"), "## Ask\nDo.\n```yaml step\ntools: [notes.find]\n```\n");
    const planFor = async (agent: string) =>
      JSON.parse((await runCommand(folder, "plan", "w.md", "-a", agent)).stdout) as Plan;
    const able = await planFor("able");
    const plain = await planFor("plain");
    expect((able.steps[0] as AgentStep).toolSpecs).toBeUndefined();
    expect(able.tools["notes"]).toMatchObject({ kind: "mcp", fallbacks: [{ kind: "script" }] });
    expect((plain.steps[0] as AgentStep).toolSpecs?.["notes"]).toMatchObject({ kind: "script" });
    expect((plain.steps[0] as AgentStep).toolSpecs?.["notes"]?.fallbacks).toBeUndefined();
    expect(plain.digest).not.toBe(able.digest);
    writeFileSync(join(folder, "capabilities.yaml"), "plain: { tool-calling: false }\n");
    const { code, stdout, stderr } = await runCommand(folder, "plan", "w.md", "-a", "plain");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("the step ask grants notes, but the agent plain has no tool-calling");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("each of several agents has the tools in its own way, and one that nothing suits is left out", () => {
  const folder = mkdtempSync(join(tmpdir(), "aiworkflow-choice-"));
  try {
    const agents =
      "able: { kind: anthropic }, plain: { kind: openai }, silent: { kind: openai }, coder: { kind: codex }";
    writeFileSync(join(folder, "aiworkflow.yaml"), `agents: { ${agents} }\n`);
    writeFileSync(join(folder, "registry.yaml"), registry());
    writeFileSync(join(folder, "notes.sh"), "#!/bin/sh\necho x\n");
    writeFileSync(
      join(folder, "capabilities.yaml"),
      "plain: { mcp: none }\nsilent: { tool-calling: false }\ncoder: { mcp: none }\n",
    );
    const agent = "{ primary: able, fallback: [plain, silent, coder] }";
    writeFileSync(join(folder, "w.md"), `## Ask\nDo.\n\`\`\`yaml step\nagent: ${agent}\ntools: [notes.find]\n\`\`\`\n`);
    const { plan } = loadWorkflow(join(folder, "w.md"), { env: {} });
    const step = plan?.steps[0] as AgentStep | undefined;
    const route = step?.route;
    expect(step).not.toHaveProperty("toolSpecs");
    expect(route?.candidates.map((one) => [one.agent, one.toolSpecs?.["notes"]?.kind])).toEqual([
      ["able", undefined],
      ["plain", "script"],
      ["coder", "script"],
    ]);
    expect(route?.candidates[1]?.toolSpecs?.["notes"]?.fallbacks).toBeUndefined();
    expect(route?.rejected).toEqual([{ agent: "silent", rule: "lacks tool-calling" }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("in a run", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openProject({
      "aiworkflow.yaml":
        "agents: { ann: { kind: recorded, replies: replies.yaml }, keyless: { kind: openai, api-key-env: NO_SUCH_KEY }, bob: { kind: recorded, replies: bob.yaml } }\n",
      "capabilities.yaml": "bob: { mcp: none }\n",
      "replies.yaml": "ask: [{ call: notes.find, with: {} }, done]\n",
      "bob.yaml": "hand_over: [{ call: two.find, with: {} }, done]\n",
      "registry.yaml": `${registry()}  dies:\n    implementations:\n      - { kind: mcp, command: node, args: ["${resolve("test/tools/mcp-server.ts")}"] }\n      - { kind: script, file: notes.sh }\n    operations: { crash: { effect: read } }\n  two:\n    implementations:\n      - { kind: mcp, command: node, args: ["${resolve("test/tools/mcp-server.ts")}"] }\n      - { kind: script, file: two.sh }\n    operations: { find: { effect: read } }\n  gone:\n    implementations: [{ kind: mcp, command: nowhere-to-be-found }, { kind: mcp, command: neither }]\n`,
      "two.sh": '#!/bin/sh\necho "two $1" >> twos\necho "from the script"\n',
      "notes.sh": '#!/bin/sh\necho "called $1" >> calls\necho "from the script"\n',
    });
  });
  afterAll(() => project.close());

  test("where the first cannot be reached the second is called, for a step and for an agent", async () => {
    const use = "## Use\n```yaml step\nuses: notes.find\n```\n";
    const ask = "## Ask\nDo.\n```yaml step\nagent: ann\ntools: [notes.find]\n```\n";
    const report = await project.run(use + ask);
    expect(report.error).toBeNull();
    expect(report.steps[0]?.output).toBe("from the script");
    expect(project.read("calls")).toBe("called find\ncalled find\n");
  });

  test("what was reached and failed is not tried in another way", async () => {
    const report = await project.run("## Use\n```yaml step\nuses: dies.crash\nretry: { max-attempts: 1 }\n```\n");
    expect(report.error).toMatchObject({ code: "tool/died" });
    expect(project.read("calls")).not.toContain("crash");
  });

  test("an agent that takes a step over calls the tool in its own way", async () => {
    const step = "agent: { primary: keyless, fallback: [bob] }\ntools: [two.find]\nretry: { max-attempts: 1 }";
    const report = await project.run(`## Hand over\nDo.\n\`\`\`yaml step\n${step}\n\`\`\`\n`);
    expect(report.error).toBeNull();
    expect(report.steps[0]?.failovers).toHaveLength(1);
    expect(project.read("twos")).toBe("two find\n");
  });

  test("where no way works all are named", async () => {
    const report = await project.run("## Use\n```yaml step\nuses: gone.x\n```\n");
    expect(report.error).toMatchObject({ code: "tool/unreachable" });
    expect(report.error?.message).toMatch(/no way to gone works: .*nowhere-to-be-found.*; .*neither/s);
  });
});
