import { isArtifactRef } from "./artifact.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { compilePattern, PatternError } from "./linear-pattern.ts";
import type { Field } from "./plan.ts";

/** One thing that is wrong with given inputs. */
export interface InputProblem {
  /** Name of the input, with the path inside it. */
  readonly input: string;
  readonly code: "input/missing" | "input/unknown" | "input/wrong-type" | "input/not-allowed";
  readonly message: string;
}

/** Checks given values against declared fields and fills in defaults; an absent optional value is null. */
export function checkValues(
  fields: { readonly [name: string]: Field },
  given: JsonObject,
): { readonly values: JsonObject; readonly problems: readonly InputProblem[] } {
  const problems: InputProblem[] = [];
  const values: Record<string, JsonValue> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(fields, name)) {
      const known = Object.keys(fields).join(", ");
      const message = `there is no input ${name}; there ${known === "" ? "are none" : `are ${known}`}`;
      problems.push({ input: name, code: "input/unknown", message });
    }
  }
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value !== undefined && value !== null) {
      values[name] = value;
      problems.push(...checkField(name, field, value));
    } else if (field.default !== undefined) {
      values[name] = field.default;
    } else {
      values[name] = null;
      if (field.required)
        problems.push({ input: name, code: "input/missing", message: `the input ${name} is required` });
    }
  }
  return { values, problems };
}

/** Checks one value against one field, at any depth. */
export function checkField(name: string, field: Field, value: JsonValue): readonly InputProblem[] {
  // What lies in the artifact store was made by a run; its inside cannot be looked at here.
  if (isArtifactRef(value)) return [];
  if (!hasType(field.type, value)) {
    const message = `${name} must be ${article(field.type)} ${field.type}, not ${JSON.stringify(value)?.slice(0, 80)}`;
    return [{ input: name, code: "input/wrong-type", message }];
  }
  const problems = limits(field, value).map((why): InputProblem => ({
    input: name,
    code: "input/not-allowed",
    message: `${name} ${why}`,
  }));
  if (Array.isArray(value) && field.items !== undefined) {
    const { items } = field;
    for (const [index, item] of value.entries())
      problems.push(...checkField(`${name}[${index}]`, items, item as JsonValue));
  }
  if (isJsonObject(value) && field.properties !== undefined) {
    const inner = checkValues(field.properties, value).problems;
    problems.push(
      ...inner.map((problem) => ({
        ...problem,
        input: `${name}.${problem.input}`,
        message: `${name}: ${problem.message}`,
      })),
    );
  }
  return problems;
}

function hasType(type: Field["type"], value: JsonValue): boolean {
  switch (type) {
    case "integer":
      return Number.isSafeInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isJsonObject(value);
    default:
      return typeof value === type;
  }
}

function limits(field: Field, value: JsonValue): readonly string[] {
  const wrong: string[] = [];
  const { min, max, pattern } = field;
  const size =
    typeof value === "number" ? value : typeof value === "string" || Array.isArray(value) ? value.length : undefined;
  const what = typeof value === "number" ? "be" : typeof value === "string" ? "have a length of" : "have a count of";
  if (size !== undefined && min !== undefined && size < min) wrong.push(`must ${what} at least ${min}`);
  if (size !== undefined && max !== undefined && size > max) wrong.push(`must ${what} at most ${max}`);
  const allowed = field.enum;
  if (allowed !== undefined && !allowed.some((one) => JSON.stringify(one) === JSON.stringify(value))) {
    wrong.push(`must be one of ${allowed.map((one) => JSON.stringify(one)).join(", ")}, not ${JSON.stringify(value)}`);
  }
  if (pattern !== undefined && typeof value === "string" && wrong.length === 0 && !matches(pattern, value))
    wrong.push(`must match ${pattern}`);
  return wrong;
}

/** Whoever sends a value must not be able to keep its run busy. Older plans may have patterns that are not linear. */
function matches(pattern: string, text: string): boolean {
  try {
    return compilePattern(pattern).test(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return new RegExp(pattern, "u").test(text);
  }
}

function article(type: string): string {
  return /^[aio]/.test(type) ? "an" : "a";
}
