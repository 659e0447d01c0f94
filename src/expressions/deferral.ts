import { isArtifactRef } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import type { Program, Scope } from "./evaluate.ts";

/** Whether a program can be evaluated where artifacts cannot be read. */
export type Reach =
  | { readonly kind: "here" }
  /** The whole expression is a path to a reference, which is handed on as it is. */
  | { readonly kind: "pass"; readonly value: JsonValue }
  /** It needs the inside of a reference; `scope` has what it refers to. */
  | { readonly kind: "elsewhere"; readonly scope: Scope };

/** Decides by what the program refers to, without evaluating it. */
export function reachOf(program: Program, scope: Scope): Reach {
  let elsewhere = false;
  for (const { path, start, end } of program.references) {
    const met = meetArtifact(path, scope);
    if (met === undefined) continue;
    const whole = start === 0 && end === program.cel.length && met.depth === path.length && program.references.length === 1;
    if (whole) return { kind: "pass", value: met.value };
    elsewhere = true;
  }
  return elsewhere ? { kind: "elsewhere", scope: trimScope(program, scope) } : { kind: "here" };
}

/** The first reference on a path, or within the value at its end. */
function meetArtifact(path: readonly string[], scope: Scope): { readonly value: JsonValue; readonly depth: number } | undefined {
  let value: JsonValue | undefined = scope;
  for (const [depth, name] of path.entries()) {
    if (typeof value !== "object" || value === null) return undefined;
    if (isArtifactRef(value)) return { value: value as unknown as JsonValue, depth };
    value = (value as Record<string, JsonValue>)[name];
  }
  if (isArtifactRef(value)) return { value: value as unknown as JsonValue, depth: path.length };
  if (path.length === 0 || value === undefined) return undefined;
  return holdsArtifact(value) ? { value, depth: path.length } : undefined;
}

function holdsArtifact(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isArtifactRef(value)) return true;
  return (Array.isArray(value) ? value : Object.values(value)).some(holdsArtifact);
}

/** Only what the program refers to: of `steps` the named ones, of the rest the whole context. */
function trimScope({ references }: Program, scope: Scope): Scope {
  const trimmed: Record<string, JsonValue> = {};
  for (const { path } of references) {
    const [root = "", name] = path;
    const value = scope[root];
    if (value === undefined) continue;
    if (root !== "steps" || name === undefined) trimmed[root] = value;
    else {
      const step = (value as Record<string, JsonValue>)[name];
      if (step !== undefined) trimmed["steps"] = { ...(trimmed["steps"] as object), [name]: step };
    }
  }
  return trimmed;
}
