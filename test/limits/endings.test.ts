// Ends of steps and runs that only a bad day brings: each has its own code, and says what has become of the work.
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchRun } from "../../src/client/start-run.ts";
import { ENGINE, TASK_QUEUE } from "../../src/plan/messages.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({
    "bad.yaml": "one: 3\n",
    "short.yaml": "one: []\n",
    "slow.yaml": "one: [{ delay: soon, text: hi }]\n",
    "usage.yaml": "one: [{ usage: { tokens: 3 }, reply: hi }]\n",
    "registry.yaml":
      "tools:\n  server: { kind: mcp, command: node, args: [x] }\n  web: { kind: openapi, document: service.json }\n",
    "tools/bare.sh": "#!/bin/sh\necho text\n",
    "tools/mod.module.ts": 'export const operations = { say: { effect: "read", call: () => "text" } };\n',
    "service.json": JSON.stringify({
      openapi: "3.1.0",
      info: { title: "t", version: "1" },
      servers: [{ url: "http://127.0.0.1:9" }],
      paths: { "/a": { get: { operationId: "a", responses: { 200: { description: "ok" } } } } },
    }),
  });
});
afterAll(() => project.close());

const yaml = (title: string, text: string) => `## ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const script = (title: string, body: string, more = "effect: read\nretry: { max-attempts: 1 }") =>
  `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${more}\n\`\`\`\n`;

describe("a recording that cannot be played", () => {
  test.each([
    ["bad.yaml", "agent/bad-replies", "cannot be used"],
    ["slow.yaml", "agent/bad-replies", "200ms or 2s"],
    ["usage.yaml", "agent/bad-replies", "usage"],
    ["short.yaml", "agent/no-reply", "0 replies"],
  ])("%s: %s", async (file, code, words) => {
    const report = await project.run(
      `---\nagent: a\nagents: { a: { kind: recorded, replies: ${file} } }\n---\n## One\nSay hi.\n`,
    );
    expect(report).toMatchObject({ status: "failed", error: { code, step: "one" } });
    expect(report.error?.message).toContain(words);
  });
});

test("a program that is not there, and one that cannot be started", async () => {
  const bin = join(project.dir, "bin");
  mkdirSync(bin);
  for (const name of ["sh", "bash", "node", "ps"]) symlinkSync(findOnPath(name), join(bin, name));
  const before = process.env["PATH"];
  process.env["PATH"] = bin;
  const other = await openProject();
  process.env["PATH"] = before;
  try {
    const report = await other.run(script("One", "print(1)").replace("bash run", "python run"));
    expect(report).toMatchObject({ status: "failed", error: { code: "script/no-interpreter" } });
  } finally {
    await other.close();
  }
  const many = Array.from({ length: 30 }, (_, index) => `v${index}: "\${{ steps.make.output }}"`).join(", ");
  const report = await project.run(
    script("Make", "node -e 'process.stdout.write(\"v\".repeat(120000))'") +
      yaml("One", `uses: bare.run\nwith: { ${many} }\nretry: { max-attempts: 1 }`),
  );
  expect(report).toMatchObject({ status: "failed", error: { code: "script/cannot-start", step: "one" } });
});

function findOnPath(name: string): string {
  const folders = (process.env["PATH"] ?? "").split(":");
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) as string;
}

/** A plan whose first step was changed by hand. */
function change(plan: Plan, fields: object): Plan {
  return { ...plan, steps: plan.steps.map((step, index) => (index === 0 ? { ...step, ...fields } : step)) };
}
/** Starts a plan that no compiler makes. */
async function launch(plan: Plan, run: string) {
  const args = { engine: ENGINE, plan, inputs: {}, projectDir: project.dir };
  await launchRun(project.connected, { run, plan, args, taskQueue: TASK_QUEUE });
  return project.follow(run);
}

test.each<readonly [code: string, markdown: string, changed: (plan: Plan) => Plan]>([
  ["script/unknown-shell", script("One", "true"), (plan) => change(plan, { shell: "fish" })],
  ["script/workdir", script("One", "true"), (plan) => change(plan, { workdir: "nowhere" })],
  [
    "tool/unknown-kind",
    yaml("One", "uses: bare.run\nretry: { max-attempts: 1 }"),
    (plan) => withTool(plan, "bare", { kind: "telepathy" }),
  ],
  [
    "tool/no-file",
    yaml("One", "uses: bare.run\nretry: { max-attempts: 1 }"),
    (plan) => withTool(plan, "bare", { file: undefined }),
  ],
  [
    "tool/no-command",
    yaml("One", "uses: server.x\nretry: { max-attempts: 1 }"),
    (plan) => withTool(plan, "server", { command: undefined }),
  ],
  [
    "tool/no-operation",
    yaml("One", "uses: web.a\nretry: { max-attempts: 1 }"),
    (plan) => change(plan, { operation: "b" }),
  ],
  [
    "agent/no-replies-file",
    "---\nagent: a\nagents: { a: { kind: recorded, replies: short.yaml } }\n---\n## One\nHi.\n",
    (plan) => ({ ...plan, agents: { a: { kind: "recorded" } } }),
  ],
])("a plan changed by hand ends as %s", async (code, markdown, changed) => {
  const report = await launch(changed(project.plan(markdown)), `by-hand-${code.replace("/", "-")}`);
  expect(report).toMatchObject({ status: "failed", error: { code, step: "one" } });
});

function withTool(plan: Plan, name: string, fields: object): Plan {
  return { ...plan, tools: { ...plan.tools, [name]: { ...plan.tools[name], ...fields } } } as Plan;
}

test("a tool that gives something else than the step declares", async () => {
  const report = await project.run(yaml("One", "uses: mod.say\noutput: { n: integer }"));
  expect(report).toMatchObject({ status: "failed", error: { code: "tool/invalid-output" } });
});

test("outputs of a run that are too large", async () => {
  const big = "node -e 'console.log(JSON.stringify(\"x\".repeat(5000)))'";
  const names = Array.from({ length: 500 }, (_, index) => `o${index}: "\${{ steps.small.output }}"`).join(", ");
  const report = await project.run(
    `---\noutputs: { ${names} }\n---\n${script("Small", "node -e 'console.log(JSON.stringify(\"x\".repeat(4050)))' # " + big.length)}`,
  );
  expect(report).toMatchObject({ status: "failed", error: { code: "run/outputs-too-large" } });
});

test("a path that is too long for the server", async () => {
  const id = "a".repeat(95);
  const group = (level: number) =>
    `${"#".repeat(Math.min(level + 2, 6))} ${id}${level}\n\`\`\`yaml step\nid: ${id}${level}\ngroup:\n\`\`\`\n`;
  const plan = project.plan(`${group(0)}### Leaf\n\`\`\`bash run\ntrue\n\`\`\`\n`);
  // Deeper than headings go.
  const nest = (step: Plan["steps"][0], depth: number): Plan["steps"][0] =>
    depth === 0
      ? step
      : ({ ...plan.steps[0], id: `${id}${depth}`, steps: [nest(step, depth - 1)] } as Plan["steps"][0]);
  const report = await launch({ ...plan, steps: [nest(plan.steps[0] as Plan["steps"][0], 12)] }, "long-path");
  expect(report.status).toBe("failed");
  expect(report.error?.code).toBe("step/path-too-long");
});

test("a run that is cancelled says so", async () => {
  const run = await project.start(yaml("Gate", "approval: { message: Go? }"));
  await project.follow(run, "waiting");
  await project.connected.client.workflow.getHandle(run).cancel();
  const report = await project.follow(run);
  expect(report.status).toBe("cancelled");
  expect(report.steps[0]).toMatchObject({ status: "cancelled", error: { code: "step/cancelled" } });
});
