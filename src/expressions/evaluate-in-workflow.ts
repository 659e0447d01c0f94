import type { JsonValue } from "../plan/json.ts";
import type { Template } from "../plan/template.ts";
import { isArtifactRef } from "../plan/artifact.ts";
import { compileProgram } from "./compile-program.ts";
import { reachOf, trimScope } from "./deferral.ts";
import { evaluate, type Scope } from "./evaluate.ts";
import { programsOf, renderOpened, renderTemplate } from "./render-template.ts";

/** A value, or the template that an activity must evaluate because a value it needs lies in the artifact store. */
export type WorkflowValue = { readonly value: JsonValue } | { readonly deferred: Template };

/**
 * Evaluates `if` or `for-each`. The value may be a list or an object with references in it, never one reference itself.
 * Throws `ExpressionError`.
 */
export function evaluateInWorkflow(cel: string, scope: Scope): WorkflowValue {
  const reach = reachOf(compileProgram(cel), scope);
  if (reach.kind === "here") return { value: evaluate(cel, scope) };
  if (reach.kind === "pass" && !isArtifactRef(reach.value)) return { value: reach.value };
  return { deferred: renderTemplate({ $expr: cel }, scope) };
}

/**
 * Renders a template to a value that the workflow itself needs (a message, the values of `set`): no wrappers, so it
 * must not be given to `resolveTemplate`. It may be or hold references that were passed on whole. Throws `ExpressionError`.
 */
export function renderInWorkflow(template: Template, scope: Scope): WorkflowValue {
  const isElsewhere = programsOf(template).some((program) => reachOf(program, scope).kind === "elsewhere");
  if (isElsewhere || mentionsText(template, scope)) return { deferred: renderTemplate(template, scope) };
  return { value: renderOpened(template, scope) };
}

/** The same, to be evaluated by an activity whatever it needs: what it gives is too large for the workflow. */
export function deferTemplate(template: Template, scope: Scope): Template {
  return { $deferred: { template, scope: trimScope(programsOf(template), scope) } };
}

/** Whether text prints the inside of a reference. */
function mentionsText(template: Template, scope: Scope): boolean {
  if (typeof template !== "object" || template === null) return false;
  if (Array.isArray(template)) return template.some((item) => mentionsText(item as Template, scope));
  if (Object.hasOwn(template, "$literal")) return false;
  if (!Object.hasOwn(template, "$text")) return Object.values(template).some((inner) => mentionsText(inner, scope));
  return programsOf(template).some((program) => reachOf(program, scope).kind !== "here");
}
