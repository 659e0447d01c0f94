import type { ParseResult } from "@marcbachmann/cel-js";
import { checkStatus } from "./check-status.ts";
import { defaultNulls } from "./default-nulls.ts";
import { describeError } from "./describe-error.ts";
import { divideIntegers } from "./divide-integers.ts";
import { environment } from "./environment.ts";
import { guardProgram } from "./guard-program.ts";
import { inferTypes, type TypedPath } from "./infer-types.ts";
import { mendLiteral } from "./mend-literal.ts";
import { listReferences, type Reference } from "./references.ts";
import { replaceRanges } from "./replace-ranges.ts";
import { DYN, typeOfCel, type ValueType } from "./type-model.ts";
import type { TypeScope } from "./type-scope.ts";
import { typedEnvironment } from "./typed-environment.ts";

/** What the compiler learns of an expression. Offsets within it. */
export interface CheckedExpression {
  /** The expression to put into the plan: integers of the file divide as integers. */
  readonly cel: string;
  /** CEL type name, `dyn` where nothing is known. */
  readonly type: string;
  /** The same, with the fields of objects. */
  readonly valueType: ValueType;
  readonly references: readonly Reference[];
  readonly error?: ExpressionFault;
}

/** Why an expression is refused. Offsets within the expression. */
export interface ExpressionFault {
  readonly code: string;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** For a wrong name: the names there are. */
  readonly names?: readonly string[];
  readonly hint?: string;
}

/** Parses and type-checks against what inputs and steps declare. The first fault counts, names before types. */
export function checkExpression(cel: string, types: TypeScope): CheckedExpression {
  const failed = (error: ExpressionFault, references: readonly Reference[] = []): CheckedExpression => {
    return { cel, type: "dyn", valueType: DYN, references, error };
  };
  let program: ParseResult;
  try {
    program = environment.parse(cel);
  } catch (error) {
    const place = placeOf(error, cel);
    const hint = hintOf(cel, place.start);
    return failed({
      code: "expression/syntax",
      message: describeError(error),
      ...place,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const references = listReferences(program.ast);
  const refusal = guardProgram(program);
  if (refusal !== undefined) return failed(refusal, references);
  const { type: known, paths, faults } = inferTypes(program.ast, types);
  const fault = faults[0] ?? checkStatus(program.ast);
  if (fault !== undefined) return failed(fault, references);

  const typed = replaceRanges(
    cel,
    paths.map(({ start, end, replacement }) => ({ start, end, text: replacement })),
  );
  const typedProgram = typedEnvironment.parse(typed.text);
  guardProgram(typedProgram);
  const { type = "dyn", error } = typedProgram.check();
  if (error !== undefined) {
    const place = placeOf(error, typed.text);
    const original = { start: typed.toOriginal(place.start), end: typed.toOriginal(place.end) };
    const mended = mendLiteral(cel, program.ast, original);
    const again = mended === undefined ? undefined : checkExpression(mended, types);
    if (again !== undefined && again.error === undefined) return { ...again, references };
    return failed(
      { code: "expression/type", message: describeError(error), ...widen(original, paths, cel) },
      references,
    );
  }
  return {
    cel: defaultNulls(divideIntegers(cel, typedProgram.ast, typed.toOriginal)),
    type,
    valueType: known.kind === "dyn" ? typeOfCel(type) : known,
    references,
  };
}

/** The type of one item of what `for-each` is given. */
export function itemTypeOf({ valueType }: CheckedExpression): ValueType {
  return valueType.kind === "array" ? (valueType.items ?? DYN) : DYN;
}

/** The place of an error; one behind the end of the text is put on the last character. */
function placeOf(error: unknown, text: string): { readonly start: number; readonly end: number } {
  const { range } = error as { readonly range?: { readonly start: number; readonly end: number } };
  if (range === undefined) return { start: 0, end: text.length };
  const start = Math.max(Math.min(range.start, text.length - 1), 0);
  return { start, end: Math.min(Math.max(range.end, start + 1), text.length) };
}

/** A place of the typed text is never inside a path: the error covers all of it. */
function widen(place: { readonly start: number; readonly end: number }, paths: readonly TypedPath[], cel: string) {
  const touched = paths.find(({ start, end }) => place.start >= start && place.start < end);
  return {
    start: touched?.start ?? place.start,
    end: Math.min(Math.max(place.end, place.start + 1, touched?.end ?? 0), cel.length),
  };
}

/** What people write who know another language. */
function hintOf(cel: string, at: number): string | undefined {
  const before = cel.slice(0, at + 3);
  if (/\bor?\b\s*$|\bor\b/.test(before.slice(-5))) return "write `||` for or";
  if (/\ban?d?\b\s*$/.test(before.slice(-6))) return "write `&&` for and";
  if (/^\s*not\b/.test(cel)) return "write `!` for not";
  if (/===|!==/.test(cel)) return "write `==` or `!=`";
  if (cel[at] === "=") return "write `==` to compare";
  return undefined;
}
