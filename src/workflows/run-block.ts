import type { Step } from "../plan/step.ts";
import { drainIfDue } from "./drain.ts";
import { fail } from "./failure-info.ts";
import { onAwoken } from "./frames.ts";
import { beginStep } from "./run-step.ts";
import { type Frame, isHalted, type RunState } from "./run-state.ts";

/** The steps of a block, and how they are joined. */
export interface Block {
  readonly steps: readonly Step[];
  /** Called whenever a step has ended. */
  readonly onEnded?: () => void;
}

/**
 * Begins every step of a block as soon as the steps it needs have ended, until all have ended, one has failed, or the server
 * asks for a new history. Dependency counters and one `then` a step: a promise costs more here than a step of the plan does.
 */
export function runBlock(run: RunState, frame: Frame, block: Block): Promise<"ended" | "halted" | "continue-as-new"> {
  const { steps, waiters } = orderOf(block.steps);
  /** Of steps that wait for several others: for how many more. */
  const missing = new Map<Step, number>();
  const ready: Step[] = [];
  let next = 0;
  let inFlight = 0;
  let pumping = false;

  const isDone = (id: string) => frame.ended.has(id) && !frame.handling.has(id);
  let left = 0;
  for (const step of steps) {
    if (isDone(step.id)) continue;
    left += 1;
    const open = step.needs.filter((id) => !isDone(id)).length;
    if (open === 0) ready.push(step);
    if (open > 1) missing.set(step, open);
  }

  return new Promise((resolve, reject) => {
    const release = (step: Step) => {
      if (!isDone(step.id)) return;
      left -= 1;
      block.onEnded?.();
      for (const waiter of waiters.get(step.id) ?? []) {
        const open = (missing.get(waiter) ?? 1) - 1;
        if (open > 0) missing.set(waiter, open);
        else if (!isDone(waiter.id)) ready.push(waiter);
      }
    };
    const mayBegin = () => {
      if (next >= ready.length || isHalted(frame)) return false;
      drainIfDue(run);
      return !run.paused && !run.draining;
    };
    const pump = () => {
      if (pumping) return;
      pumping = true;
      while (mayBegin()) {
        const step = ready[next] as Step;
        next += 1;
        const whenEnded = () => {
          inFlight -= 1;
          release(step);
          pump();
        };
        if (beginStep(frame, step, { run, whenEnded })) inFlight += 1;
        else release(step);
      }
      pumping = false;
      if (inFlight > 0) return;
      const halted = isHalted(frame);
      if (left > 0 && run.paused && !halted && !run.draining) return;
      letGo();
      if (left > 0 && !halted) return run.draining ? resolve("continue-as-new") : reject(standsStill(steps, isDone));
      skipHandlers(run, frame, block.steps);
      resolve(left > 0 ? "halted" : "ended");
    };
    const letGo = onAwoken(run, pump);
    pump();
  });
}

/** What follows from the steps of a block alone. */
interface Order {
  /** Without handlers of failures, which nothing waits for. */
  readonly steps: readonly Step[];
  /** Who needs a step, by its id. */
  readonly waiters: ReadonlyMap<string, readonly Step[]>;
}

/** Runs of one plan share its blocks, and so what follows from them. */
const orders = new WeakMap<readonly Step[], Order>();

function orderOf(block: readonly Step[]): Order {
  const known = orders.get(block);
  if (known !== undefined) return known;
  const steps = block.filter(({ handles }) => handles === undefined);
  const waiters = new Map<string, Step[]>();
  for (const step of steps) {
    for (const id of step.needs) {
      const others = waiters.get(id);
      if (others === undefined) waiters.set(id, [step]);
      else others.push(step);
    }
  }
  const order = { steps, waiters };
  orders.set(block, order);
  return order;
}

/** A plan that no compiler made. */
function standsStill(steps: readonly Step[], isDone: (id: string) => boolean): Error {
  const ids = steps.map(({ id }) => id).filter((id) => !isDone(id));
  return fail("plan/malformed", `nothing can begin: ${ids.join(", ")} wait for what never ends`);
}

/** Handlers of failures that did not happen. */
function skipHandlers(run: RunState, frame: Frame, steps: readonly Step[]): void {
  for (const { id, handles } of steps) {
    const state = run.steps.get(id);
    if (handles !== undefined && state?.status === "pending" && !isHalted(frame)) state.status = "skipped";
  }
}
