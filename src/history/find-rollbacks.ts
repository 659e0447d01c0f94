import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from "@temporalio/client";

/** Where the taking back of a run stands. */
export interface Rollbacks {
  /** The run whose state says what is left to be taken back: the last rollback, or the run itself. */
  readonly newest: WorkflowExecutionDescription;
  /** Id for the next rollback. */
  readonly next: string;
  /** Temporal's id of the execution that is taken back. A rerun of the run is another one, of which nothing is taken back. */
  readonly execution: string;
}

/** Key of a rollback's memo: the execution that it takes back. */
export const EXECUTION_MEMO = "rollbackOfExecution";

/** Looks for the rollbacks of a run. Rejects with `WorkflowNotFoundError` where there is no such run. */
export async function findRollbacks(client: Client, run: string): Promise<Rollbacks> {
  let newest = await client.workflow.getHandle(run).describe();
  const execution = newest.runId;
  for (let count = 1; ; count += 1) {
    const next = `${run}-rollback${count === 1 ? "" : `-${count}`}`;
    const known = await client.workflow
      .getHandle(next)
      .describe()
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      });
    if (known === undefined) return { newest, next, execution };
    if (known.memo?.[EXECUTION_MEMO] === execution) newest = known;
  }
}
