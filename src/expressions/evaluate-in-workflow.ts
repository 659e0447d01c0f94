import type { JsonValue } from "../plan/json.ts";
import type { Template } from "../plan/template.ts";
import { reachOf } from "./deferral.ts";
import { compileProgram, evaluate, type Scope } from "./evaluate.ts";

/** A value, or the template that an activity must evaluate because a value it needs lies in the artifact store. */
export type WorkflowValue = { readonly value: JsonValue } | { readonly deferred: Template };

/** Evaluates `if` or `for-each`. Throws `ExpressionError`. */
export function evaluateInWorkflow(cel: string, scope: Scope): WorkflowValue {
  const reach = reachOf(compileProgram(cel), scope);
  if (reach.kind === "here") return { value: evaluate(cel, scope) };
  const inner = reach.kind === "elsewhere" ? { template: { $expr: cel }, scope: reach.scope } : undefined;
  if (inner !== undefined) return { deferred: { $deferred: inner } };
  // A list of references can be walked here; one reference must be opened elsewhere.
  const { value } = reach as { value: JsonValue };
  return Array.isArray(value) ? { value } : { deferred: value };
}
