// `priority` and `fairness-key` on the local server, with one slot for steps: who is let in next is the server's choice.
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { openScriptedStage, type ScriptedStage } from "../model/stage.ts";

let stage: ScriptedStage;
beforeAll(async () => {
  stage = await openScriptedStage({ slots: 1 });
});
afterAll(() => stage.close());

const script = (title: string, yaml: string, level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n-\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;

function compile(markdown: string, children: Readonly<Record<string, Plan>> = {}) {
  const { plan, diagnostics } = compileWorkflow(
    { file: "priority.md", bytes: markdown },
    {
      agents: {},
      tools: {},
      env: {},
      readFile: () => undefined,
      loadWorkflow: (path) => ({ plan: children[path] as Plan, files: new Map() }),
    },
  );
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

/** The one activity that is under way, as `RUN PATH`. */
async function current(runs: readonly string[]): Promise<string> {
  const find = () => runs.flatMap((run) => [...stage.open(run).keys()].map((path) => `${run} ${path}`));
  await expect.poll(() => find().length, { timeout: 10_000, interval: 1 }).toBe(1);
  return find()[0] as string;
}

function settle(activity: string): void {
  const [run = "", path = ""] = activity.split(" ");
  stage.open(run).get(path)?.settle(true);
}

/** Takes the slot, so that what comes after it waits in line. */
async function takeSlot(): Promise<string> {
  const run = await stage.start(compile(script("Slot", "effect: read")));
  return current([run]);
}

/** Waits until the server has so many activities of a run in its line. */
async function inLine(run: string, count: number): Promise<void> {
  const handle = stage.connected.client.workflow.getHandle(run);
  const pending = async () => (await handle.describe()).raw.pendingActivities?.length ?? 0;
  await expect.poll(pending, { timeout: 10_000, interval: 5 }).toBe(count);
}

/** Lets one activity after the other in and end; gives them in that order. */
async function drain(first: string, { runs, count }: { runs: readonly string[]; count: number }): Promise<string[]> {
  settle(first);
  const order: string[] = [];
  while (order.length < count) {
    const next = await current(runs);
    order.push(next);
    settle(next);
    await expect.poll(() => stage.open(next.split(" ", 1)[0] as string).size, { interval: 1 }).toBe(0);
  }
  return order;
}

test("runs of a higher priority go first, and runs of the same one in their order", async () => {
  const slot = await takeSlot();
  const keys = [5, 3, 1, 4, 2, 2, 4, 1, 3, 5, 1, 5, 3, 2, 4];
  const runs: { readonly run: string; readonly key: number }[] = [];
  for (const key of keys) {
    const run = await stage.start(compile(`---\npriority: ${key}\n---\n${script("Work", "effect: read")}`));
    await inLine(run, 1);
    runs.push({ run, key });
  }
  const order = await drain(slot, { runs: runs.map(({ run }) => run), count: keys.length });
  expect(order).toEqual(runs.toSorted((a, b) => a.key - b.key).map(({ run }) => `${run} work`));
});

test("so do the steps of a run", async () => {
  const slot = await takeSlot();
  const keys = [5, 1, 4, 2, 3];
  const steps = keys.map((key) => script(`P${key}`, `effect: read\npriority: ${key}`, "###")).join("");
  const run = await stage.start(compile(`## All\n\`\`\`yaml step\ngroup:\n\`\`\`\n${steps}`));
  await inLine(run, keys.length);
  const order = await drain(slot, { runs: [run], count: keys.length });
  expect(order).toEqual([1, 2, 3, 4, 5].map((key) => `${run} all.p${key}`));
});

test("the fairness key of a run reaches the server, with all its steps", async () => {
  const slot = await takeSlot();
  const markdown = `---\ninputs: { customer: string }\nenv: { KEY: "c-\${{ inputs.customer }}" }\npriority: 4\nfairness-key: "\${{ env.KEY }}"\n---\n## All\n\`\`\`yaml step\ngroup:\n\`\`\`\n${script("Plain", "effect: read", "###")}${script("Urgent", "effect: read\npriority: 1", "###")}`;
  const run = await stage.start(compile(markdown), { customer: "acme" });
  await inLine(run, 2);
  const { raw } = await stage.connected.client.workflow.getHandle(run).describe();
  expect(raw.workflowExecutionInfo?.priority).toMatchObject({ priorityKey: 4, fairnessKey: "c-acme" });
  settle(slot);
  for (const [path, priorityKey] of [
    ["all.urgent", 1],
    ["all.plain", 4],
  ] as const) {
    const next = await current([run]);
    expect(next).toBe(`${run} ${path}`);
    expect(stage.open(run).get(path)?.priority).toMatchObject({ priorityKey, fairnessKey: "c-acme" });
    settle(next);
    await expect.poll(() => stage.open(run).size, { interval: 1 }).toBe(0);
  }
});

test("a child run has the priority of its own file, unless the step that calls it has another, and the fairness key of its parent", async () => {
  const child = compile(`---\nname: child\npriority: 2\n---\n${script("Work", "effect: read")}`);
  const call = (title: string, yaml = "") =>
    `## ${title}\n\`\`\`yaml step\nneeds: []\nworkflow: child.md\n${yaml}\`\`\`\n`;
  const slot = await takeSlot();
  const run = await stage.start(
    compile(`---\npriority: 4\nfairness-key: acme\n---\n${call("Own")}${call("Other", "priority: 1\n")}`, {
      "child.md": child,
    }),
  );
  const [own, other] = [`${run}.own`, `${run}.other`];
  await inLine(own, 1);
  await inLine(other, 1);
  settle(slot);
  for (const [child, priorityKey] of [
    [other, 1],
    [own, 2],
  ] as const) {
    const next = await current([own, other]);
    expect(next).toBe(`${child} work`);
    expect(stage.open(child).get("work")?.priority).toMatchObject({ priorityKey, fairnessKey: "acme" });
    const { raw } = await stage.connected.client.workflow.getHandle(child).describe();
    expect(raw.workflowExecutionInfo?.priority).toMatchObject({ priorityKey, fairnessKey: "acme" });
    settle(next);
    await expect.poll(() => stage.open(child).size, { interval: 1 }).toBe(0);
  }
});
