import { setTimeout as sleep } from "node:timers/promises";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { decide } from "../../src/client/decide.ts";
import { readReport } from "../../src/client/read-report.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { isEndState } from "../../src/plan/run-states.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { Model } from "./model.ts";
import { type Shape, toMarkdown } from "./shape.ts";
import type { ScriptedStage } from "./stage.ts";

/** A busy machine may lose a workflow task, which the server gives out again after 5 s, or a query. */
const PATIENCE_MS = 180_000;
/**
 * Between two looks. Reads come before timers and tasks at a run's lock in the server, which tries those again after 3 s and
 * then ever later: who looks without a pause can keep a run from moving.
 */
const LOOK_AGAIN_MS = { first: 5, longest: 250 };
/** The real run must stay as it is for so long before it counts as having nothing more to begin. */
const CALM_MS = 15;

/** Runs one workflow in both, ending what is under way as `choices` say, and throws where they differ. */
export async function compare(
  stage: ScriptedStage,
  shape: Shape,
  { choices, cancelAt }: { choices: readonly number[]; cancelAt: number },
): Promise<void> {
  const markdown = toMarkdown(shape);
  const { plan, diagnostics } = compileWorkflow(
    { file: "model.md", bytes: markdown },
    { agents: {}, tools: {}, env: {}, readFile: () => undefined },
  );
  if (plan === undefined) throw new Error(`${JSON.stringify(diagnostics)}\n${markdown}`);
  const model = new Model(plan);
  const told: string[] = [];
  const run = await stage.start(plan);
  const { connected } = stage;
  for (let turn = 0; ; turn += 1) {
    await model.rest();
    await agree(stage, run, { plan, model, told, markdown });
    if (isEndState(model.status as never)) break;
    if (turn === cancelAt) {
      told.push("cancel");
      model.cancel();
      await cancelRun(connected, run);
      continue;
    }
    const all = [...model.pending.values()];
    const choice = choices[turn % choices.length] as number;
    const one = all[choice % all.length];
    if (one === undefined) throw new Error(`the model stands still\n${told.join("\n")}\n${markdown}`);
    const well = choice % 7 !== 0;
    told.push(`${one.path} ${well ? "ends well" : "fails"}   (of ${all.map(({ path }) => path).join(" ")})`);
    if (one.kind === "approval")
      await decide(connected, { run, step: one.path, decision: well ? "approve" : "reject", by: "ann" });
    else stage.open(run).get(one.path)?.settle(well);
    one.settle(well);
  }
}

/** The end of a cancelled activity must have reached the server, and the run, before anything else ends. */
async function serverAgrees(
  { connected }: ScriptedStage,
  run: string,
  activities: readonly string[],
): Promise<boolean> {
  const { raw } = await connected.client.workflow.getHandle(run).describe();
  const pending = (raw.pendingActivities ?? []).map(({ activityId }) => activityId);
  if (pending.sort().join(" ") !== [...activities].sort().join(" ")) return false;
  // Answered only once the run has seen everything that the server knows; a busy machine may lose the query.
  return readReport(connected, run).then(
    () => true,
    () => false,
  );
}

/** What tells a lost task from a wrong interpreter: the activities that the server waits for, and the last events. */
async function whatTheServerKnows({ connected }: ScriptedStage, run: string): Promise<string> {
  const handle = connected.client.workflow.getHandle(run);
  const { raw } = await handle.describe();
  const activities = (raw.pendingActivities ?? []).map(
    ({ activityId, attempt, state, lastFailure }) =>
      `${activityId}: attempt ${attempt}, state ${state}, ${lastFailure?.message ?? "no failure"}`,
  );
  const task = raw.pendingWorkflowTask;
  const { events = [] } = await handle.fetchHistory();
  const last = (events ?? [])
    .slice(-12)
    .map(
      (event) =>
        `${String(event.eventId)} type ${event.eventType} at ${String(event.eventTime?.seconds)}.${event.eventTime?.nanos}`,
    );
  return [
    "the server waits for:",
    ...activities,
    task ? `a workflow task, attempt ${task.attempt}, state ${task.state}` : "no workflow task",
    "last events:",
    ...last,
  ].join("\n");
}

/** Waits until what is under way is the same in both; at the end, until all states are. */
async function agree(
  stage: ScriptedStage,
  run: string,
  { plan, model, told, markdown }: { plan: Plan; model: Model; told: readonly string[]; markdown: string },
): Promise<void> {
  const isOver = isEndState(model.status as never);
  const wanted = [...model.pending.keys()].sort().join(" ");
  const asks = [...model.pending.values()].some(({ kind }) => kind === "approval");
  const until = Date.now() + PATIENCE_MS;
  let seen = "";
  let calmSince = 0;
  for (let looks = 0; ; looks += 1) {
    const activities = [...stage.open(run).keys()];
    const report = asks || isOver ? await readReport(stage.connected, run).catch(() => undefined) : undefined;
    const questions = (report?.approvals ?? []).filter(({ status }) => status === "pending").map(({ step }) => step);
    const found = [...activities, ...questions].sort().join(" ");
    if (isOver && report !== undefined && report.closedAt !== null) {
      const differences = plan.steps.flatMap(({ id, path, handles }) => {
        const real = report.steps.find((step) => step.id === id)?.status.replace("compensated", "completed");
        const mine = model.statuses.get(path) ?? "pending";
        return handles !== undefined || real === mine ? [] : [`${id}: ${real}, the model says ${mine}`];
      });
      if (report.status !== model.status)
        differences.push(`the run is ${report.status}, the model says ${model.status}`);
      if (found === "" && differences.length === 0) return;
      seen = differences.join("; ");
    } else {
      if (found !== seen) calmSince = Date.now();
      seen = found;
      if (
        !isOver &&
        found === wanted &&
        Date.now() - calmSince >= CALM_MS &&
        (await serverAgrees(stage, run, activities))
      )
        return;
    }
    if (Date.now() > until || (isOver && seen.includes("model says")))
      throw new Error(
        `under way: ${seen || "nothing"}\nwanted: ${wanted || model.status}\n${await whatTheServerKnows(stage, run)}\nafter:\n${told.join("\n")}\n${markdown}`,
      );
    await sleep(Math.min(LOOK_AGAIN_MS.first * 1.05 ** looks, LOOK_AGAIN_MS.longest));
  }
}
