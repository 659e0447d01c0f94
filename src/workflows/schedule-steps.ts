import { workflowInfo } from "@temporalio/workflow";
import type { Step } from "../plan/step.ts";
import { runStep } from "./run-step.ts";
import type { RunState } from "./run-state.ts";

/**
 * Begins every step as soon as the steps it needs have ended, until all have ended, one has failed, or the server asks
 * for a new history. Dependency counters and one `then` a step: a promise costs more here than a step of the plan does.
 */
export function scheduleSteps(run: RunState): Promise<"ended" | "continue-as-new"> {
  const { steps } = run.plan;
  const missing = new Map<string, number>();
  const waiters = new Map<string, Step[]>();
  const ready: Step[] = [];
  let next = 0;
  let inFlight = 0;
  let pumping = false;

  const isDone = (id: string) => run.steps.get(id)?.closedAtMs != null;
  for (const step of steps) {
    if (isDone(step.id)) continue;
    const open = step.needs.filter((id) => !isDone(id));
    if (open.length === 0) ready.push(step);
    missing.set(step.id, open.length);
    for (const id of open) waiters.set(id, [...(waiters.get(id) ?? []), step]);
  }

  return new Promise((resolve) => {
    const release = (step: Step) => {
      for (const waiter of waiters.get(step.id) ?? []) {
        const left = (missing.get(waiter.id) as number) - 1;
        missing.set(waiter.id, left);
        if (left === 0) ready.push(waiter);
      }
    };
    const pump = () => {
      if (pumping) return;
      pumping = true;
      let full = false;
      while (next < ready.length && !run.halted) {
        full = workflowInfo().continueAsNewSuggested;
        if (full) break;
        const step = ready[next] as Step;
        next += 1;
        const waits = runStep(run, step, () => {
          inFlight -= 1;
          release(step);
          pump();
        });
        if (waits) inFlight += 1;
        else release(step);
      }
      pumping = false;
      if (inFlight === 0) resolve(full ? "continue-as-new" : "ended");
    };
    pump();
  });
}
