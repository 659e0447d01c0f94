import {
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  isCancellation,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from "@temporalio/workflow";
import { TerminatedFailure, WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import { MAX_DETAILS_BYTES, MAX_SUMMARY_BYTES } from "../plan/limits.ts";
import { PARENT_WISH, type StartArguments } from "../plan/messages.ts";
import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import { cutToBytes } from "../plan/text-size.ts";
import { NO_USAGE } from "../plan/usage.ts";
import { chargeOfChild } from "./agents/charge-of.ts";
import { cancelLatest } from "./cancel-latest.ts";
import type { RunResult } from "./end-run.ts";
import { fail } from "./failure-info.ts";
import type { Invocation } from "./invocation.ts";
import { keepTold } from "./keep-told.ts";
import { type ChildRun, isHalted } from "./run-state.ts";
import { beginWaiting, endWaiting } from "./track-status.ts";

/** As the client starts runs. */
const TASK_TIMEOUT_MS = 5000;

/** A child run to start. */
export interface ChildSpec {
  readonly workflow: string;
  readonly args: StartArguments;
  readonly description?: string | undefined;
  readonly memo: { readonly [name: string]: string };
}

/** A child of a run, from before it starts until it has ended. */
export interface OpenChild {
  /** Starts it and waits for its end. Rejects as a child of Temporal's does, and with what it was stopped with. */
  run(spec: ChildSpec): Promise<RunResult>;
  /** Asks it to end; `run` rejects with this error once it has, unless it ends otherwise. */
  stop(error: unknown): void;
  close(): void;
}

/** Enters a child of a run. `of`: the run that it takes back, where it is a rollback. */
export function openChild(invocation: Invocation, id: string, of = id): OpenChild {
  const { run, frame, state, path, title, step } = invocation;
  const scope = new CancellationScope();
  // A step that is taken back has ended: it is not what waits.
  const counted = invocation.isUndo === true ? undefined : state;
  // What runs at the end of a run, or takes something back, is not given up.
  const isShielded = !CancellationScope.current().cancellable;
  let stopped: { readonly error: unknown } | undefined;
  const stop = (error: unknown) => {
    const isCancel = error instanceof CancelledFailure;
    if (isShielded && isCancel) return;
    if (!isCancel) stopped ??= { error };
    scope.cancel();
  };
  const child: ChildRun = {
    of,
    stepId: step.id,
    isIdle: false,
    usage: NO_USAGE,
    telling: undefined,
    setIdle(idle) {
      if (idle === child.isIdle) return;
      child.isIdle = idle;
      if (!idle) {
        run.waits.delete(path);
        endWaiting(run, counted);
        return;
      }
      if (counted !== undefined) counted.childRun = id;
      run.waits.set(path, { stop });
      beginWaiting(run, counted);
      if (isHalted(frame)) stop(new CancelledFailure("another step failed"));
    },
  };
  run.children.set(id, child);
  run.uplink?.childBegins();
  return {
    stop,
    close() {
      child.setIdle(false);
      run.children.delete(id);
    },
    async run({ workflow, args, memo, description }) {
      const { paused } = run;
      try {
        const handle = await scope.run(() =>
          startChild(workflow, {
            workflowId: id,
            args: [{ ...args, parent: { run: workflowInfo().workflowId, paused, charge: chargeOfChild(invocation) } }],
            staticSummary: cutToBytes(title, MAX_SUMMARY_BYTES),
            ...(description === undefined ? {} : { staticDetails: cutToBytes(description, MAX_DETAILS_BYTES) }),
            memo: { ...memo, parent: run.id },
            searchAttributes: { [STATUS_ATTRIBUTE]: [paused ? "paused" : "running"] },
            workflowTaskTimeout: TASK_TIMEOUT_MS,
            ...(step.priority === undefined ? {} : { priority: { priorityKey: step.priority } }),
            cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
            // A child that loses its parent rolls back, where its file says so.
            parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
          }),
        );
        cancelLatest(run, { id, scope, isOpen: () => run.children.get(id) === child, since: "cancel-by-id" });
        if (counted !== undefined) counted.childRun = id;
        if (args.rollback === undefined) {
          child.telling = keepTold(paused, {
            present: () => run.paused,
            send: (now) => handle.signal(PARENT_WISH, now ? "pause" : "resume"),
          });
          child.telling.update();
        }
        return (await handle.result()) as RunResult;
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError)
          throw fail("run/exists", `${title} cannot start its child run: there is a run ${id} already`);
        if (error instanceof ChildWorkflowFailure && error.cause instanceof TerminatedFailure)
          throw fail("run/terminated", `the child run ${id} was terminated from outside`);
        throw stopped !== undefined && isCancellation(error) ? stopped.error : error;
      }
    },
  };
}
