import type { Control } from "../plan/messages.ts";
import { fail } from "./failure-info.ts";
import { wake } from "./frames.ts";
import { type RunState, SKIPPED } from "./run-state.ts";
import { setPaused } from "./track-status.ts";

/** Refuses what cannot be done now. Throws `ApplicationFailure` with a code `control/…`. */
export function checkControl(run: RunState, control: Control): void {
  const { action, step } = control ?? {};
  if (action === "pause" && run.paused) throw fail("control/refused", "the run is paused already");
  if (action === "pause" && run.ending) throw fail("control/refused", "the run ends; what runs then is not held back");
  if (action === "resume" && !run.paused) throw fail("control/refused", "the run is not paused");
  if (action === "pause" || action === "resume") return;
  if (action !== "skip") throw fail("control/refused", 'an action is "pause", "resume" or "skip"');
  if (typeof step !== "string") throw fail("control/refused", "name the step to skip");
  if (run.waits.has(step) || run.approvals.has(step)) return;
  const state = [...run.steps.values()].find((one) => one.step.path === step);
  if (state === undefined)
    throw fail("control/unknown-step", `there is no step ${step}, and nothing waits at that path`);
  const why =
    state.status === "pending"
      ? whyNotHere(run, step)
      : state.status === "running"
        ? "runs now; it can be skipped before it begins, or while it waits"
        : `is ${state.status}`;
  if (why !== undefined) throw fail("control/refused", `${step} ${why}`);
}

/** Why nothing will ever begin at the path of a step that has not begun. */
function whyNotHere(run: RunState, path: string): string | undefined {
  const around = [...run.steps.values()]
    .map(({ step }) => step)
    .filter((step) => path === step.path || path.startsWith(`${step.path}.`));
  const loop = around.find((step) => step.path !== path && (step.forEach ?? step.repeat) !== undefined);
  if (loop !== undefined)
    return `runs once a round of ${loop.path}; skip all of that, or one as ${loop.path}[0]${path.slice(loop.path.length)} while it waits`;
  const handler = around.find(({ handles }) => handles !== undefined);
  if (handler === undefined) return undefined;
  return `belongs to what runs where ${handler.handles?.join(" or ")} fails; it can be skipped while it waits`;
}

/** Does it. What runs when a run is paused goes on to its end. */
export function applyControl(
  run: RunState,
  { action, step = "" }: Control,
): { readonly run: string; readonly status: string } {
  if (action === "skip") {
    const wait = run.waits.get(step);
    if (wait === undefined) run.skips.add(step);
    else wait.stop(SKIPPED);
  } else {
    setPaused(run, action === "pause");
    if (action === "resume") wake(run);
  }
  return { run: run.id, status: run.status };
}
