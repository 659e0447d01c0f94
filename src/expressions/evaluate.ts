import type { ASTNode } from "@marcbachmann/cel-js";
import type { JsonObject, JsonValue } from "../plan/json.ts";
import { compileProgram, type Program } from "./compile-program.ts";
import { describeError } from "./describe-error.ts";
import { ExpressionError } from "./expression-error.ts";
import { beginEvaluation } from "./guard-program.ts";
import { pathOf } from "./references.ts";
import { toJson } from "./to-json.ts";

/** What an expression sees: `inputs`, `steps`, `item`, `index`, `env`, `run`. May hold artifact references. */
export type Scope = JsonObject;

/**
 * The value as plain JSON. Throws `ExpressionError` `expression/null` where something is asked of null,
 * `expression/too-large`, `expression/syntax`, and `expression/failed` for everything else.
 */
export function evaluate(cel: string, scope: Scope): JsonValue {
  const program = compileProgram(cel);
  try {
    beginEvaluation();
    return toJson(program.run(scope));
  } catch (error) {
    if ((error as { readonly code?: string }).code === "unsupported_type" || error instanceof TypeError) {
      const readable = hideConstructors(scope) as Scope;
      if (readable !== scope) return evaluate(cel, readable);
    }
    throw explain(error, program, scope);
  }
}

/** The library takes an object's own key `constructor` for its class; as a `Map` such an object is read rightly. */
function hideConstructors(value: JsonValue): unknown {
  if (typeof value !== "object" || value === null || value instanceof Map) return value;
  if (Array.isArray(value)) {
    const items = value.map(hideConstructors);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const entries = Object.entries(value).map(([key, inner]) => [key, inner, hideConstructors(inner)] as const);
  if (Object.hasOwn(value, "constructor")) return new Map(entries.map(([key, , hidden]) => [key, hidden]));
  if (entries.every(([, inner, hidden]) => inner === hidden)) return value;
  return Object.fromEntries(entries.map(([key, , hidden]) => [key, hidden]));
}

function explain(error: unknown, { cel }: Program, scope: Scope): ExpressionError {
  if (error instanceof ExpressionError) return new ExpressionError(error.code, `${error.message} in \`${cel}\``);
  const { code, node } = error as { readonly code?: string; readonly node?: ASTNode };
  if (code === "no_such_key" && node !== undefined) return explainKey(node, cel, scope);
  const message = describeError(error);
  if ((code === "no_such_overload" || code === "no_matching_overload") && /\bnull\b/.test(message)) {
    return new ExpressionError(
      "expression/null",
      `${message} in \`${cel}\`: what was left out is null, and so is the output of a skipped step; ${DEFAULT_HINT}`,
    );
  }
  return new ExpressionError("expression/failed", `${message} in \`${cel}\``);
}

const DEFAULT_HINT = "write `inputs.?NAME.orValue(…)` or `steps.ID.output.?NAME.orValue(…)` for what may be null";
const OPTIONAL_HINT = "write `.?field.orValue(…)` where it may be missing";

function explainKey(node: ASTNode, cel: string, scope: Scope): ExpressionError {
  const [target, key] = node.args as [ASTNode, string | ASTNode];
  const path = pathOf(target);
  const name = node.input.slice(target.start, target.end);
  const field = typeof key === "string" ? key : node.input.slice(key.start, key.end);
  if (path !== undefined && valueAt(path, scope) === null) {
    const why =
      path[0] === "steps" && path[2] === "output" ? ", since a step that was skipped or failed has no output" : "";
    return new ExpressionError(
      "expression/null",
      `${name} is null${why}, so it has no \`${field}\` in \`${cel}\`; ${OPTIONAL_HINT}`,
    );
  }
  return new ExpressionError("expression/failed", `${name} has no \`${field}\` in \`${cel}\`; ${OPTIONAL_HINT}`);
}

function valueAt(path: readonly string[], scope: Scope): unknown {
  let value: unknown = scope;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
