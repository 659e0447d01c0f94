import {
  ChildWorkflowCancellationType,
  type ChildWorkflowOptions,
  ParentClosePolicy,
  workflowInfo,
} from "@temporalio/workflow";
import { allPins } from "./note-pins.ts";
import { ENGINE } from "../plan/messages.ts";
import type { PartArguments } from "./part-messages.ts";
import { chargeOfChild } from "./agents/charge-of.ts";
import type { Invocation } from "./invocation.ts";

/** As the client starts runs. */
const TASK_TIMEOUT_MS = 5000;

/** What every child run of a part of a step is told. */
export function partArguments(
  { run, step }: Pick<Invocation, "run" | "step">,
  part: string,
): Omit<PartArguments, "common" | "work"> {
  const { id, keyId, startedAtMs, projectDir, restingUntil } = run;
  const resting = restingUntil.size === 0 ? {} : { restingUntil: [...restingUntil] };
  const above = chargeOfChild({ run, step });
  return { engine: ENGINE, projectDir, run: { id, keyId, startedAtMs, above }, part, ...resting, ...allPins(run) };
}

/** How a child run of a part is started: it lives and dies with its run. */
export function childOptions(
  args: PartArguments,
  title: string,
  suffix = "",
): ChildWorkflowOptions & { args: unknown[] } {
  return {
    workflowId: childId(args.part) + suffix,
    args: [args],
    staticSummary: title,
    memo: { parent: workflowInfo().workflowId },
    workflowTaskTimeout: TASK_TIMEOUT_MS,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    parentClosePolicy: ParentClosePolicy.TERMINATE,
  };
}

/** Workflow id of a part's child run. */
export function childId(part: string): string {
  return `${workflowInfo().workflowId}.${part}`;
}
