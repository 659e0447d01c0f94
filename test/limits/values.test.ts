// Values that are larger than a server takes: kept by reference where that is possible, else refused with a code.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decide } from "../../src/client/decide.ts";
import { startRun } from "../../src/client/start-run.ts";
import { isArtifactRef } from "../../src/plan/artifact.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const MB = 1024 * 1024;

let project: TestProject;
beforeAll(async () => {
  project = await openProject({
    "tools/big.sh": "#!/bin/bash\nnode -e 'process.stdout.write(\"t\".repeat(3 * 1024 * 1024))'\n",
    "tools/big.yaml": "operations: { make: { description: Makes a lot } }\n",
    "replies.yaml": `ask: [${"a".repeat(3 * MB)}]\n`,
  });
});
afterAll(() => project.close());

const script = (title: string, body: string, yaml = "effect: read", level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const yaml = (title: string, text: string) => `## ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const big = (length: number) => `head -c ${length} /dev/zero | tr '\\0' x`;
const failedTasks = async (run: string) =>
  (await project.history(run)).filter((type) => type === "workflowTaskFailed").length;

/** The run has completed without a workflow task that failed; gives its only output. */
async function lengthOf(report: RunReport): Promise<number> {
  expect(report.error).toBeNull();
  expect(report.status).toBe("completed");
  expect(await failedTasks(report.run)).toBe(0);
  const value = await project.resolve(report.outputs?.["value"] ?? null);
  return JSON.stringify(value).length;
}

describe("a value over 2 MB", () => {
  test.each([
    ["of a script", `---\noutputs: { value: "\${{ steps.make.output }}" }\n---\n${script("Make", big(3 * MB))}`],
    ["of a tool", `---\noutputs: { value: "\${{ steps.make.output }}" }\n---\n${yaml("Make", "uses: big.make")}`],
    [
      "of an agent",
      `---\nagent: a\nagents: { a: { kind: recorded, replies: replies.yaml } }\noutputs: { value: "\${{ steps.ask.output }}" }\n---\n## Ask\nSay a lot.\n`,
    ],
    [
      "of set, made of a value in the store",
      `---\noutputs: { value: "\${{ steps.both.output }}" }\n---\n${script("Make", big(2 * MB))}${yaml("Both", 'set: { a: "${{ steps.make.output }}${{ steps.make.output }}" }')}`,
    ],
    [
      "of set, made of small values",
      `---\noutputs: { value: "\${{ steps.much.output }}" }\n---\n${script("Make", big(4000))}${yaml("Much", `set: { a: "${"${{ steps.make.output }}".repeat(800)}" }`)}`,
    ],
    [
      "of the outputs, made of small values",
      `---\noutputs: { value: "${"${{ steps.make.output }}".repeat(800)}" }\n---\n${script("Make", big(4000))}`,
    ],
  ])("%s is kept by reference", async (_, markdown) => {
    const report = await project.run(markdown);
    expect(await lengthOf(report)).toBeGreaterThan(2 * MB);
    expect(isArtifactRef(report.outputs?.["value"])).toBe(true);
  });

  test("of an input travels by reference, and is read as itself", async () => {
    const report = await project.run(
      `---\ninputs: { text: string }\noutputs: { value: "\${{ steps.count.output }}" }\n---\n${script("Count", "cat | wc -c", 'with: { text: "${{ inputs.text }}" }')}`,
      { inputs: { text: "i".repeat(3 * MB) } },
    );
    expect(report.status).toBe("completed");
    expect(report.outputs?.["value"]).toBeGreaterThan(3 * MB);
    expect(isArtifactRef(report.inputs["text"])).toBe(true);
  });
});

describe("what people and programs send", () => {
  test("a large signal is kept by reference, a too large one does not count and is told of", async () => {
    const run = await project.start(
      `---\noutputs: { value: "\${{ steps.news.output.text.size() }}" }\n---\n${yaml("News", "wait-for: { signal: news }")}`,
    );
    await project.follow(run, "waiting");
    const handle = project.connected.client.workflow.getHandle(run);
    await handle.signal("news", { text: "z".repeat(1_500_000) });
    await handle.signal("news", { text: "s".repeat(900_000) });
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "completed", outputs: { value: 900_000 } });
    expect(isArtifactRef(report.steps[0]?.output)).toBe(true);
    expect(report.notices.join()).toContain("1500011 bytes");
    expect(await failedTasks(run)).toBe(0);
  });

  test("a large form is kept by reference, a too large one is refused, and so is a long comment", async () => {
    const run = await project.start(
      `---\noutputs: { value: "\${{ steps.form.output.text.size() }}" }\n---\n${yaml("Form", "ask: { message: Fill in, fields: { text: string } }")}`,
    );
    await project.follow(run, "waiting");
    const answer = (text: string, comment = "") =>
      decide(project.connected, { run, step: "form", decision: "answer", by: "ann", comment, form: { text } });
    await expect(answer("f".repeat(1_200_000))).rejects.toMatchObject({
      diagnostics: [{ code: "approval/too-large" }],
    });
    await expect(answer("f", "c".repeat(20_000))).rejects.toMatchObject({
      diagnostics: [{ code: "approval/too-large" }],
    });
    await answer("f".repeat(900_000));
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "completed", outputs: { value: 900_000 } });
    expect(isArtifactRef(report.steps[0]?.output)).toBe(true);
  });

  test("a flood of votes by signal that cannot count is told of in few words", async () => {
    const run = await project.start(yaml("Gate", "approval: { message: Go? }"));
    await project.follow(run, "waiting");
    const handle = project.connected.client.workflow.getHandle(run);
    for (let sent = 0; sent < 150; sent += 1) await handle.signal("approve", ["n".repeat(50_000)]);
    await handle.signal("approve", { by: "ann" });
    const report = await project.follow(run);
    expect(report.status).toBe("completed");
    expect(report.notices).toHaveLength(101);
    expect(report.notices.at(-1)).toBe("… and 50 more notices");
    expect(JSON.stringify(report.notices).length).toBeLessThan(60_000);
  });
});

describe("what a step is given", () => {
  const many = script(
    "Each",
    big(4080),
    'for-each: "${{ [0].map(i, inputs.list)[0] }}"\nmax-parallel: 50\neffect: read',
  );
  // A longer list would run in parts, and its result would be a reference.
  const list = { inputs: { list: Array.from({ length: 500 }, (_, index) => index) } };
  const head = "---\ninputs: { list: { type: array, required: true } }\n---\n";

  test("over 2 MB fails the step, and the run goes on as the file says", async () => {
    const report = await project.run(
      `${head}${many}${script("All", "wc -c", 'with: { all: "${{ steps.each.output }}" }\ncontinue-on-error: true')}${script("After", "echo well")}`,
      list,
    );
    expect(report.status).toBe("completed");
    expect(report.steps.map(({ status }) => status)).toEqual(["completed", "failed", "completed"]);
    expect(report.steps[1]?.error).toMatchObject({ code: "step/input-too-large" });
    expect(await failedTasks(report.run)).toBe(0);
  });

  test("over 4 MB together is given in several workflow tasks", async () => {
    const steps = Array.from({ length: 6 }, (_, index) =>
      script(`P${index}`, "wc -c", 'effect: read\nwith: { all: "${{ steps.each.output }}" }', "###"),
    ).join("");
    const report = await project.run(`${head}${many}${yaml("Side by side", "group:")}${steps}`, {
      inputs: { list: list.inputs.list.slice(0, 300) },
    });
    expect(report.error).toBeNull();
    expect(report.steps.slice(2).every(({ output }) => Number(output) > 1_200_000)).toBe(true);
    expect(await failedTasks(report.run)).toBe(0);
  });
});

describe("a plan", () => {
  test("of many steps travels by reference", async () => {
    const text = "t".repeat(40_000);
    const steps = Array.from({ length: 20 }, (_, index) => script(`Step ${index}`, `true # ${text}`)).join("");
    expect((await project.run(steps)).status).toBe("completed");
  });

  test("over its limit is refused at the start", async () => {
    const plan = project.plan(script("One", "true"));
    const large = { ...plan, metadata: { text: "m".repeat(2 * MB) } } as Plan;
    const stateDir = `${project.dir}/.aiworkflow`;
    const request = { plan: large, files: new Map(), inputs: {}, projectDir: project.dir, stateDir };
    await expect(startRun(project.connected, request)).rejects.toMatchObject({
      diagnostics: [{ code: "plan/too-large", hint: expect.stringContaining("workflow: FILE") }],
    });
  });
});
