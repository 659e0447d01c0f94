import { deferTemplate, evaluateInWorkflow, renderInWorkflow } from "../expressions/evaluate-in-workflow.ts";
import { renderTemplate } from "../expressions/render-template.ts";
import type { EvaluateCall, Evaluated } from "../plan/activity.ts";
import type { Stored } from "../plan/artifact.ts";
import { MAX_HELD_BYTES } from "../plan/limits.ts";
import { jsonBytes } from "../plan/text-size.ts";
import type { JsonValue } from "../plan/json.ts";
import type { Template } from "../plan/template.ts";
import { callActivity } from "./call-activity.ts";
import { type Invocation, scopeOfInvocation } from "./invocation.ts";

/** Evaluates CEL; only where a value lies in the artifact store does it cost an activity. */
export function evaluateValue(
  invocation: Invocation,
  cel: string,
  purpose: string,
): JsonValue | Promise<Stored | readonly Stored[]> {
  const result = evaluateInWorkflow(cel, scopeOfInvocation(invocation));
  if ("value" in result) return result.value;
  return evaluateElsewhere(invocation, { template: result.deferred }, purpose);
}

/** Renders a template to a value that the workflow itself needs (a message, a `set`). */
export function renderValue(invocation: Invocation, template: Template, purpose: string): JsonValue | Promise<Stored> {
  const scope = scopeOfInvocation(invocation);
  const rendered = renderInWorkflow(template, scope);
  if ("deferred" in rendered)
    return evaluateElsewhere(invocation, { template: rendered.deferred }, purpose) as Promise<Stored>;
  if (jsonBytes(rendered.value) <= MAX_HELD_BYTES) return rendered.value;
  const whole = { template: deferTemplate(template, scope), whole: true };
  return evaluateElsewhere(invocation, whole, purpose) as Promise<Stored>;
}

/** Renders what an activity is given; what cannot be read here is evaluated there. */
export function renderInput(invocation: Invocation, template: Template): Template {
  return renderTemplate(template, scopeOfInvocation(invocation));
}

async function evaluateElsewhere(
  invocation: Invocation,
  input: Pick<EvaluateCall, "template" | "whole">,
  purpose: string,
): Promise<Stored | readonly Stored[]> {
  const evaluated = await callActivity<Evaluated>(invocation, "evaluate", input, {
    suffix: purpose,
    summary: `${invocation.title}: ${purpose}`,
    effect: "read",
  });
  return evaluated.list ?? (evaluated.value as Stored);
}
