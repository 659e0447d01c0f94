import { isArtifactRef } from "../plan/artifact.ts";
import { isJsonObject, type JsonValue } from "../plan/json.ts";
import type { Program } from "./compile-program.ts";
import type { Scope } from "./evaluate.ts";

/** Whether a program can be evaluated where artifacts cannot be read. */
export type Reach =
  | { readonly kind: "here" }
  /** The whole expression is a path to a value with references in it, which is handed on as it is. */
  | { readonly kind: "pass"; readonly value: JsonValue }
  /** It needs the inside of a reference. */
  | { readonly kind: "elsewhere" };

/** Decides by what the program refers to, without evaluating it. */
export function reachOf({ references, isPath }: Program, scope: Scope): Reach {
  for (const { path } of references) {
    const met = meetArtifact(path, scope);
    if (met === undefined) continue;
    return isPath && met.depth === path.length ? { kind: "pass", value: met.value } : { kind: "elsewhere" };
  }
  return { kind: "here" };
}

/** What an activity must be told to evaluate the programs: of `steps` and `inputs` the named ones, else the context. */
export function trimScope(programs: readonly Program[], scope: Scope): Scope {
  const trimmed: Record<string, JsonValue> = {};
  for (const { path } of programs.flatMap(({ references }) => references)) {
    const [root = "", name] = path;
    const value = Object.hasOwn(scope, root) ? scope[root] : undefined;
    if (value === undefined) continue;
    const byName = (root === "steps" || root === "inputs") && name !== undefined;
    if (!byName || !isJsonObject(value)) trimmed[root] = value;
    else if (trimmed[root] !== value && Object.hasOwn(value, name)) {
      trimmed[root] = { ...(trimmed[root] as object), [name]: value[name] as JsonValue };
    }
  }
  return trimmed;
}

/** Whether a reference lies anywhere in the value. */
export function holdsArtifact(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isArtifactRef(value)) return true;
  return (Array.isArray(value) ? value : Object.values(value)).some(holdsArtifact);
}

/** The first reference on a path, or the value at its end when that holds one. */
function meetArtifact(
  path: readonly string[],
  scope: Scope,
): { readonly value: JsonValue; readonly depth: number } | undefined {
  let value: JsonValue = scope;
  for (const [depth, name] of path.entries()) {
    if (typeof value !== "object" || value === null) return undefined;
    if (isArtifactRef(value)) return { value, depth };
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, JsonValue>)[name] as JsonValue;
  }
  return holdsArtifact(value) ? { value, depth: path.length } : undefined;
}
