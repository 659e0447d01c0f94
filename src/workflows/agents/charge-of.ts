import type { Charge } from "../../plan/budget.ts";
import { budgetsOf } from "../../plan/budgets-of.ts";
import type { ParentRun } from "../../plan/messages.ts";
import type { Step } from "../../plan/step.ts";
import type { Invocation } from "../invocation.ts";

/**
 * To whom the model calls of an invocation are charged: its run and the runs above it, and every step with a budget that it stands in.
 * Undefined where that is the run alone and nothing limits it.
 */
export function chargeOf({ run, step, isUndo }: Pick<Invocation, "run" | "step" | "isUndo">): Charge | undefined {
  const { plan, above } = run;
  const budgets = [...(above?.budgets ?? []), ...budgetsOf(run, stepsOf(run), step.path)];
  // A plan that was written by hand may have none.
  const hasLabels = Object.keys({ ...plan.labels }).length > 0;
  if (budgets.length === 0 && above === undefined && plan.costs === undefined && !hasLabels) return undefined;
  return {
    ...plan.costs,
    root: above?.root ?? run.keyId,
    accounts: [...new Set([...(above?.accounts ?? []), run.keyId, ...budgets.map(({ account }) => account)])],
    // A part of a loop has those of its run from above.
    budgets: [...new Map(budgets.map((budget) => [budget.account, budget])).values()],
    ...(hasLabels ? { labels: plan.labels } : {}),
    ...(isUndo === true ? { isUndo } : {}),
  };
}

/** What a child run, or a part of a loop, is charged to beside itself: all that its step is. */
export function chargeOfChild(invocation: Pick<Invocation, "run" | "step" | "isUndo">): ParentRun["charge"] {
  const { root, accounts, budgets } = chargeOf(invocation) ?? theRunAlone(invocation);
  return { root, accounts, budgets };
}

/** Whom a call is charged to where nothing of its run limits it. */
export function theRunAlone({ run }: Pick<Invocation, "run">): Charge {
  return { root: run.keyId, accounts: [run.keyId], budgets: [] };
}

function stepsOf({ steps }: Pick<Invocation["run"], "steps">): readonly Step[] {
  return [...steps.values()].map(({ step }) => step);
}
