import type { JsonObject, JsonValue } from "../plan/json.ts";
import { holdsSecret, type Template } from "../plan/template.ts";
import { renderInWorkflow } from "./evaluate-in-workflow.ts";
import type { Scope } from "./evaluate.ts";
import { ExpressionError } from "./expression-error.ts";

/** Whether an entry of the front matter's `env` must be rendered before expressions can name it; what holds a secret never is. */
export function isRendered(value: Template): boolean {
  return typeof value === "object" && value !== null && !holdsSecret(value);
}

/**
 * The front matter's `env` as expressions see it: texts, none of them a secret. An entry sees all that are written out and
 * those before it; one that needs the inside of a large value is left out. Throws `ExpressionError`.
 */
export function renderEnv(env: { readonly [name: string]: Template }, scope: Scope): JsonObject {
  const rendered: Record<string, JsonValue> = { ...writtenEnv(env) };
  for (const [name, value] of Object.entries(env)) {
    if (!isRendered(value)) continue;
    try {
      const text = renderInWorkflow({ $text: [value] }, { ...scope, env: rendered });
      if ("value" in text) rendered[name] = text.value;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new ExpressionError(error.code, `env.${name}: ${error.message}`);
    }
  }
  return rendered;
}

/** What of it is written out. */
export function writtenEnv(env: { readonly [name: string]: Template }): JsonObject {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value !== "object"));
}
