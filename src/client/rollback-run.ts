import { openArtifactStore } from "../artifacts/artifact-store.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { ENGINE, STATE, TASK_QUEUE } from "../plan/messages.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { packPlan } from "./pack-plan.ts";
import { readStart } from "./read-start.ts";
import { explainRunError } from "./run-errors.ts";
import { launchRun } from "./start-run.ts";

/** Which run, how far, and as what. */
export interface RollbackOptions {
  /** A savepoint or step: only what was done from there on. */
  readonly to?: string;
  readonly storeDir: string;
  readonly taskQueue?: string;
}

/** What of a run's state a rollback looks at; the rest goes on to the new run as it is. */
interface KnownState {
  readonly undoLog: readonly { readonly undone?: { readonly status: string } }[];
  readonly steps: readonly { readonly id: string }[];
}

/**
 * Starts a run that takes back what an ended run has done and not taken back yet. A second rollback of a run goes on from
 * the first. Throws `DiagnosticError` `run/still-running`, `run/nothing-to-undo`, `run/no-such-step`, `run/not-found`.
 */
export async function rollbackRun(
  connected: Connected,
  run: string,
  { to, storeDir, taskQueue = TASK_QUEUE }: RollbackOptions,
): Promise<{ readonly run: string }> {
  const { newest, count } = await findNewest(connected, run);
  const { client } = connected;
  const description = await withDeadline(connected, () => client.workflow.getHandle(newest).describe());
  if (description.status.name === "RUNNING") throw refuse("run/still-running", `${newest} has not ended`);
  const { engine: _, ...start } = await readStart(connected, run, storeDir);
  const carried = await withDeadline(connected, () => client.workflow.getHandle(newest).query<KnownState>(STATE));
  if (!carried.undoLog.some(({ undone }) => undone === undefined))
    throw refuse("run/nothing-to-undo", `${run} has done nothing that is still to be taken back`);
  const names = start.plan.steps.flatMap(({ id, savepoint }) => [id, ...(savepoint === undefined ? [] : [savepoint])]);
  if (to !== undefined && !names.includes(to) && !carried.steps.some(({ id }) => id === to))
    throw refuse("run/no-such-step", `${run} has no savepoint and no step ${to}`);
  const id = `${run}-rollback${count === 0 ? "" : `-${count + 1}`}`;
  const plan = await packPlan(start.plan, openArtifactStore(storeDir));
  const args = { ...start, plan, engine: ENGINE, carried, rollback: { of: run, ...(to === undefined ? {} : { to }) } };
  return launchRun(connected, { run: id, plan: start.plan, args, taskQueue, memo: { rollbackOf: run } });
}

/** The last rollback of a run, or the run itself. */
async function findNewest(
  connected: Connected,
  run: string,
): Promise<{ readonly newest: string; readonly count: number }> {
  let newest = run;
  for (let count = 0; ; count += 1) {
    const id = count === 0 ? run : `${run}-rollback${count === 1 ? "" : `-${count}`}`;
    const exists = await withDeadline(connected, () => connected.client.workflow.getHandle(id).describe()).then(
      () => true,
      (error: unknown) => {
        const explained = explainRunError(run, error);
        if (count === 0 || !(explained instanceof DiagnosticError)) throw explained;
        return false;
      },
    );
    if (!exists) return { newest, count: count - 1 };
    newest = id;
  }
}

function refuse(code: string, message: string): DiagnosticError {
  return new DiagnosticError([createDiagnostic({ code, message })]);
}
