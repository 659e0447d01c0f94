import { defineUpdate, setHandler, TemporalFailure } from "@temporalio/workflow";
import {
  CONTROL,
  type Control,
  type ControlResult,
  DECIDE,
  type Decision,
  type DecisionResult,
} from "../plan/messages.ts";
import { castVote, checkDecision } from "./approvals.ts";
import { applyControl, checkControl } from "./control.ts";
import { fail } from "./failure-info.ts";
import type { RunState } from "./run-state.ts";
import { drainIfFull } from "./track-status.ts";

const decide = defineUpdate<DecisionResult, [Decision]>(DECIDE);
const control = defineUpdate<ControlResult, [Control]>(CONTROL);

/**
 * Where updates come in. The SDK refuses an update that has no handler when its workflow task ends, so the door stands from the
 * first moment: while the run still fetches its plan or its state, updates wait before it.
 */
export interface Door {
  open(run: RunState): void;
}

/** What an update may do: refuse a message, or act on it. */
interface Way<Message, Result> {
  check(run: RunState, message: Message): void;
  act(run: RunState, message: Message): Result;
}

/** Puts up the door. What comes before it is open fails, once it opens, with what it would have been refused with. */
export function putUpDoor(): Door {
  let inside: RunState | undefined;
  const waiting: ((run: RunState) => void)[] = [];
  const letIn = <Message, Result>({ check, act }: Way<Message, Result>) => ({
    handle(message: Message): Result | Promise<Result> {
      if (inside !== undefined) return guarded(inside, () => act(inside as RunState, message));
      return new Promise<RunState>((resolve) => waiting.push(resolve)).then((run) =>
        guarded(run, () => {
          check(run, message);
          return act(run, message);
        }),
      );
    },
    validator(message: Message): void {
      if (inside !== undefined) check(inside, message);
    },
  });
  const { handle: handleDecision, ...decisions } = letIn({ check: checkDecision, act: castVote });
  const { handle: handleWish, ...wishes } = letIn({ check: checkControl, act: applyControl });
  setHandler(decide, handleDecision, decisions);
  setHandler(control, handleWish, wishes);
  return {
    open(run) {
      inside = run;
      for (const resolve of waiting) resolve(run);
    },
  };
}

/** An error that nobody foresaw ends the run; Temporal would repeat the handler for ever. */
function guarded<T>(run: RunState, handle: () => T): T {
  run.changes += 1;
  try {
    const answer = handle();
    drainIfFull(run);
    return answer;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) run.crash(error);
    throw error instanceof TemporalFailure ? error : fail("run/interpreter-failed", String(error));
  }
}
