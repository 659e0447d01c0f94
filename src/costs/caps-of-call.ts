import type { AccountBudget, Cap, Charge, Limit } from "../plan/budget.ts";
import { periodOf } from "./periods.ts";

/** Of which call caps are looked for. */
export interface CappedCall {
  readonly workflow: string;
  readonly agent: string;
  readonly model: string;
  readonly nowMs: number;
}

/** Everything that keeps a call in bounds: budgets of runs and steps, limits of the project and of the store. */
export function capsOfCall(charge: Charge, added: readonly Limit[], call: CappedCall): readonly Cap[] {
  const limits = [...(charge.limits ?? []), ...added].filter((limit) => isAbout(limit, call));
  return [...charge.budgets.map(capOfBudget), ...limits.map((limit) => capOfLimit(limit, charge.root, call.nowMs))];
}

/** The cap of a budget. */
function capOfBudget({ name, account, isStep, ...budget }: AccountBudget): Cap {
  return { ...budget, name, key: `budget/${account}`, scope: { account }, startMs: 0, isStep };
}

/** The cap of a limit in the period that a moment lies in. `root`: the outermost run, for limits of each run. */
export function capOfLimit(limit: Limit, root: string, nowMs: number): Cap {
  const { name, period, workflow, agent, model, ...budget } = limit;
  const { startMs, endMs } = periodOf(period, nowMs);
  const scope = {
    ...(period === "run" ? { root } : {}),
    ...(workflow === undefined ? {} : { workflow }),
    ...(agent === undefined ? {} : { agent }),
    ...(model === undefined ? {} : { model }),
  };
  return {
    ...budget,
    name: `the limit ${name}`,
    key: `limit/${name}@${period === "run" ? root : startMs}`,
    scope,
    startMs,
    ...(period === "run" ? {} : { endMs }),
    isStep: false,
  };
}

function isAbout({ workflow, agent, model }: Limit, call: CappedCall): boolean {
  return (
    (workflow === undefined || workflow === call.workflow) &&
    (agent === undefined || agent === call.agent) &&
    (model === undefined || call.model.toLowerCase().includes(model.toLowerCase()))
  );
}
