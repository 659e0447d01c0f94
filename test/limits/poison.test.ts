// Plans that no compiler makes: each ends its run soon and for good, and runs beside it do not notice.
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchRun } from "../../src/client/start-run.ts";
import { listRuns } from "../../src/client/list-runs.ts";
import { ENGINE, TASK_QUEUE } from "../../src/plan/messages.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({});
});
afterAll(() => project.close());

const WITHIN_MS = 20_000;
const script = (title: string, body: string) => `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n`;
const healthy = script("One", "sleep 1") + script("Two", "echo well");

type Loose = Record<string, unknown> & { steps: Record<string, unknown>[] };

/** What somebody may do to a plan by hand, and the code that its run ends with. */
const POISONS: readonly (readonly [what: string, code: string, change: (plan: Loose) => unknown])[] = [
  ["an unknown kind", "step/unknown-kind", ({ steps }) => (steps[0] = { ...steps[0], kind: "dance" })],
  ["no steps", "plan/malformed", (plan) => delete (plan as Partial<Loose>).steps],
  ["a step that is null", "plan/malformed", ({ steps }) => (steps[0] = null as never)],
  ["a step without a retry", "plan/malformed", ({ steps }) => delete steps[0]?.["retry"]],
  ["two steps of one id", "plan/malformed", ({ steps }) => steps.push(steps[0] as never)],
  ["steps in a circle", "plan/malformed", ({ steps }) => (steps[0] = { ...steps[0], needs: ["two"] })],
  ["a need that is no step", "plan/malformed", ({ steps }) => (steps[1] = { ...steps[1], needs: ["nobody"] })],
  ["no inputs", "plan/malformed", (plan) => delete plan["inputs"]],
  ["a newer format", "plan/newer-format", (plan) => (plan["format"] = 99)],
  ["an expression that is none", "expression/syntax", ({ steps }) => (steps[0] = { ...steps[0], if: "((" })],
  [
    "a script without values",
    "step/internal-error",
    ({ steps }) => (steps[0] = { ...steps[0], with: 3, env: { a: { $text: 3 } } }),
  ],
  ["a loop over nothing", "for-each/not-a-list", ({ steps }) => (steps[0] = { ...steps[0], forEach: {} })],
  ["outputs that are no templates", "step/internal-error", (plan) => (plan["outputs"] = { a: { $text: 7 } })],
  [
    "a concurrency group that is none",
    "run/interpreter-failed",
    (plan) => (plan["concurrency"] = { group: { $text: 7 } }),
  ],
];

test.concurrent.each(POISONS)("%s ends the run as %s", async (what, code, change) => {
  const plan = structuredClone(project.plan(healthy)) as unknown as Loose;
  change(plan);
  const run = `poison-${what.replaceAll(" ", "-")}`;
  const args = { engine: ENGINE, plan, inputs: {}, projectDir: project.dir };
  await launchRun(project.connected, { run, plan: plan as unknown as Plan, args, taskQueue: TASK_QUEUE });
  const began = Date.now();
  const report = await project.follow(run);
  expect(Date.now() - began).toBeLessThan(WITHIN_MS);
  expect(report).toMatchObject({ status: "failed", error: { code } });
  const history = await project.history(run);
  expect(history).not.toContain("workflowTaskFailed");
  const listed = await listRuns(project.connected, { statuses: ["failed"] });
  expect(listed.map((one) => one.run)).toContain(run);
});

test.concurrent.each([
  ["no argument at all", [], "run/bad-arguments"],
  ["text", ["hello"], "run/bad-arguments"],
  ["a plan that is a list", [{ engine: ENGINE, plan: [], inputs: {} }], "run/bad-arguments"],
  [
    "a plan that is not in the store",
    [{ engine: ENGINE, plan: { $artifact: "0".repeat(64), bytes: 9, preview: "" }, inputs: {}, projectDir: "/" }],
    "artifact/missing",
  ],
  ["a newer engine", [{ engine: ENGINE + 1, plan: {}, inputs: {} }], "run/newer-engine"],
])("%s ends the run", async (what, args, code) => {
  const { client } = project.connected;
  const workflowId = `hand-${what.replaceAll(" ", "-")}`;
  await client.workflow.start("anything", { workflowId, taskQueue: TASK_QUEUE, args: args as never });
  expect(await project.follow(workflowId)).toMatchObject({ status: "failed", error: { code } });
});

test("an error that nobody awaits ends the run, names what was under way, and leaves other runs alone", async () => {
  const well = await project.start(healthy);
  const plan = project.plan(
    `## All\n\`\`\`yaml step\ngroup:\n\`\`\`\n#${script("Pay", "sleep 5")}#${script("Bad", "sleep 0.3; exit 1")}`,
  );
  const group = plan.steps[0] as Plan["steps"][0] & { kind: "group" };
  // Nobody but the callback of the failing step ever looks at its rules.
  const steps = [{ ...group, steps: [group.steps[0], { ...group.steps[1], onError: 5 }] }];
  const args = { engine: ENGINE, plan: { ...plan, steps }, inputs: {}, projectDir: project.dir };
  await launchRun(project.connected, { run: "unawaited", plan, args, taskQueue: TASK_QUEUE });
  expect(await project.follow("unawaited")).toMatchObject({
    status: "outcome-unknown",
    error: { code: "run/interpreter-failed" },
    unfinished: [{ step: "all.pay" }],
  });
  expect((await project.follow(well)).status).toBe("completed");
});
