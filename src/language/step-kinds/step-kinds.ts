// How the compiler reads each kind of step: one file a kind, and this table; `workflows/step-kinds/` has the other half.
import { agentKind } from "./agent.ts";
import { approvalKind } from "./approval.ts";
import { scriptKind } from "./script.ts";
import { setKind } from "./set.ts";
import type { StepCompiler } from "./step-compiler.ts";
import { toolKind } from "./tool.ts";
import { waitKind } from "./wait.ts";

/** Every kind of step; the first one is for steps that name no other. */
export const stepCompilers: readonly StepCompiler[] = [
  agentKind,
  toolKind,
  scriptKind,
  setKind,
  waitKind,
  approvalKind,
];

/** Keys of the language that a later version brings, and what to do meanwhile. */
export const LATER_STEP_KEYS: Readonly<Record<string, string>> = {
  needs: "steps run in the order of the file for now",
  group: "parallel groups are not there yet; `for-each` runs items in parallel",
  workflow: "calling another workflow is not there yet",
  ask: "forms are not there yet; use `approval`",
  "wait-until": "use `wait: 3d` for now",
  "wait-for": "waiting for a signal is not there yet; use `approval`",
  repeat: "loops are not there yet; `for-each` walks a list",
  undo: "rollback is not there yet",
  verify: "checks after a step are not there yet; check in a script step",
  "on-error": "use `continue-on-error: true` and an `if:` for now",
  budget: "budgets are not there yet",
  priority: "priorities are not there yet",
  savepoint: "rollback is not there yet",
};
