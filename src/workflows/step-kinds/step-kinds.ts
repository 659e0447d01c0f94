// How the interpreter runs each kind of step: one file a kind, and this table. May import plan, expressions and the rest
// of `workflows`; never `node:`.
import type { Step } from "../../plan/step.ts";
import { fail } from "../failure-info.ts";
import type { StepKind } from "../invocation.ts";
import { agentStep } from "./agent.ts";
import { approvalStep } from "./approval.ts";
import { askStep } from "./ask.ts";
import { groupStep } from "./group.ts";
import { scriptStep } from "./script.ts";
import { setStep } from "./set.ts";
import { toolStep } from "./tool.ts";
import { waitStep } from "./wait.ts";
import { waitForStep } from "./wait-for.ts";
import { waitUntilStep } from "./wait-until.ts";
import { workflowStep } from "./workflow.ts";

/** Every kind that a plan can hold. */
export const stepKinds: { readonly [K in Step["kind"]]: StepKind<Extract<Step, { kind: K }>> } = {
  agent: agentStep,
  approval: approvalStep,
  ask: askStep,
  group: groupStep,
  script: scriptStep,
  set: setStep,
  tool: toolStep,
  wait: waitStep,
  "wait-for": waitForStep,
  "wait-until": waitUntilStep,
  workflow: workflowStep,
};

/** The kind of a step. Throws `ApplicationFailure` `step/unknown-kind`: a newer compiler may have made the plan. */
export function stepKindOf(step: Step): StepKind<Step> {
  if (!Object.hasOwn(stepKinds, step.kind)) {
    throw fail("step/unknown-kind", `this worker does not know the step kind ${step.kind}: update the worker`);
  }
  return stepKinds[step.kind];
}
