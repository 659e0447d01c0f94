import { openArtifactStore } from "../artifacts/artifact-store.ts";
import { keepValue } from "../artifacts/keep-value.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { EXECUTION_MEMO, findRollbacks } from "../history/find-rollbacks.ts";
import { packCarried } from "../history/pack-carried.ts";
import type { CarriedState, PackedState } from "../plan/carried-state.ts";
import { listSteps } from "../plan/list-steps.ts";
import { ENGINE, type StartArguments, TASK_QUEUE } from "../plan/messages.ts";
import { askForState } from "./ask-for-state.ts";
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

/**
 * Starts a run that takes back what an ended run has done and not taken back yet. A second rollback of a run goes on from
 * the first. Throws `DiagnosticError` `run/still-running`, `run/nothing-to-undo`, `run/no-such-step`, `run/not-found`.
 */
export async function rollbackRun(
  connected: Connected,
  run: string,
  { to, storeDir, taskQueue = TASK_QUEUE }: RollbackOptions,
): Promise<{ readonly run: string }> {
  const { client } = connected;
  const { newest, next, execution } = await withDeadline(connected, () => findRollbacks(client, run)).catch(
    (error: unknown) => {
      throw explainRunError(run, error);
    },
  );
  if (newest.status.name === "RUNNING") throw refuse("run/still-running", `${newest.workflowId} has not ended`);
  const { plan, inputs, projectDir } = await readStart(connected, run, storeDir);
  const state = await askForState(connected, newest.workflowId);
  const steps = listSteps(plan);
  const step = steps.find(({ savepoint }) => savepoint === to) ?? steps.find(({ id }) => id === to);
  const left = state.undoLog.filter(({ undone }) => undone === undefined);
  if (to !== undefined && step === undefined && left.length > 0)
    throw refuse("run/no-such-step", `${run} has no savepoint and no step ${to}`);
  const since = to === undefined ? 0 : (state.steps.find(({ id }) => id === step?.id)?.beganAt ?? Infinity);
  if (!left.some(({ from }) => from >= since))
    throw refuse(
      "run/nothing-to-undo",
      `${run} has done nothing${since === 0 ? "" : ` from ${to} on`} that is still to be taken back`,
    );
  const store = openArtifactStore(storeDir);
  const args: StartArguments & { readonly carried: CarriedState | PackedState } = {
    engine: ENGINE,
    plan: await packPlan(plan, store),
    inputs,
    projectDir,
    carried: await packCarried(state, (text) => keepValue(store, text)),
    rollback: { of: run, ...(to === undefined ? {} : { to }) },
  };
  const memo = { rollbackOf: run, [EXECUTION_MEMO]: execution };
  return launchRun(connected, { run: next, plan, args, taskQueue, memo });
}

function refuse(code: string, message: string): DiagnosticError {
  return new DiagnosticError([createDiagnostic({ code, message })]);
}
