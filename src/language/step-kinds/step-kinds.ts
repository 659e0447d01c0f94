// How the compiler reads each kind of step: one file a kind, and this table; `workflows/step-kinds/` has the other half.
import { agentKind } from "./agent.ts";
import { approvalKind } from "./approval.ts";
import { askKind } from "./ask.ts";
import { groupKind } from "./group.ts";
import { scriptKind } from "./script.ts";
import { setKind } from "./set.ts";
import type { StepCompiler } from "./step-compiler.ts";
import { toolKind } from "./tool.ts";
import { waitKind } from "./wait.ts";
import { waitForKind } from "./wait-for.ts";
import { waitUntilKind } from "./wait-until.ts";
import { workflowKind } from "./workflow.ts";

/** Every kind of step; the first one is for steps that name no other. */
export const stepCompilers: readonly StepCompiler[] = [
  agentKind,
  toolKind,
  scriptKind,
  setKind,
  waitKind,
  waitUntilKind,
  waitForKind,
  approvalKind,
  askKind,
  workflowKind,
  groupKind,
];
