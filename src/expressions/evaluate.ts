import { EvaluationError, type ParseResult } from "@marcbachmann/cel-js";
import type { JsonObject, JsonValue } from "../plan/json.ts";
import { environment } from "./environment.ts";
import { ExpressionError } from "./expression-error.ts";
import { listReferences, type Reference } from "./references.ts";

/** What an expression sees: `inputs`, `steps`, `item`, `index`, `env`, `run`. May hold artifact references. */
export type Scope = JsonObject;

/** A parsed expression and what it refers to. */
export interface Program {
  readonly cel: string;
  readonly run: ParseResult;
  readonly references: readonly Reference[];
}

/** No list that an expression makes may be longer. */
export const MAX_LIST_LENGTH = 10_000;

const programs = new Map<string, Program>();

/** Parses once per text. Throws `ExpressionError` `expression/syntax`. */
export function compileProgram(cel: string): Program {
  const known = programs.get(cel);
  if (known !== undefined) return known;
  let run: ParseResult;
  try {
    run = environment.parse(cel);
  } catch (error) {
    throw new ExpressionError("expression/syntax", `${firstLine(error)} in \`${cel}\``);
  }
  const program = { cel, run, references: listReferences(run.ast) };
  programs.set(cel, program);
  return program;
}

/**
 * The value as plain JSON. Throws `ExpressionError` `expression/null` for a field of null, `expression/too-large`, and
 * `expression/failed` for everything else.
 */
export function evaluate(cel: string, scope: Scope): JsonValue {
  const program = compileProgram(cel);
  try {
    return toJson(program.run(scope), cel);
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    throw explain(error, program, scope);
  }
}

function explain(error: unknown, { cel, references }: Program, scope: Scope): ExpressionError {
  const nullAt = references.map(({ path }) => findNull(path, scope)).find((path) => path !== undefined);
  if (nullAt !== undefined && error instanceof EvaluationError) {
    return new ExpressionError("expression/null", `${nullAt} is null in \`${cel}\`: a skipped step has no output; use ${nullAt}.?field.orValue(…)`);
  }
  return new ExpressionError("expression/failed", `${firstLine(error)} in \`${cel}\``);
}

/** The part of a path that is null although something of it was asked for. */
function findNull(path: readonly string[], scope: Scope): string | undefined {
  let value: unknown = scope;
  for (const [depth, name] of path.entries()) {
    if (value === null) return path.slice(0, depth).join(".");
    if (typeof value !== "object") return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return undefined;
}

function toJson(value: unknown, cel: string): JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    throw new ExpressionError("expression/failed", `the result ${value} is not a JSON number in \`${cel}\``);
  }
  if (typeof value === "bigint") {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new ExpressionError("expression/too-large", `the integer ${value} does not fit a JSON number in \`${cel}\``);
  }
  if (Array.isArray(value)) {
    if (value.length > MAX_LIST_LENGTH) {
      throw new ExpressionError("expression/too-large", `the list has ${value.length} items, more than ${MAX_LIST_LENGTH}, in \`${cel}\``);
    }
    return value.map((item) => toJson(item, cel));
  }
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map) return toJson(Object.fromEntries(value), cel);
  const prototype: unknown = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (prototype === Object.prototype || prototype === null) {
    return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, toJson(inner, cel)]));
  }
  throw new ExpressionError("expression/failed", `the result is no JSON value (${describe(value)}) in \`${cel}\``);
}

function describe(value: unknown): string {
  return (value as { constructor?: { name?: string } } | undefined)?.constructor?.name ?? typeof value;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] as string;
}
