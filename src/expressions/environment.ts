// The language of `${{ }}`: CEL, with JSON's numbers. Imports plan and the CEL library only, since the workflow sandbox
// loads this room: no `node:`, no clock, no chance. `evaluate.ts` is the run-time side, `check-expression.ts` the
// compiler's; `render-template.ts` and `resolve-template.ts` apply templates in the workflow and in activities.
import { Environment } from "@marcbachmann/cel-js";
import { ExpressionError } from "./expression-error.ts";
import { compilePattern } from "../plan/linear-pattern.ts";

/** What one expression may be. */
const LIMITS = { maxAstNodes: 5000, maxDepth: 100, maxListElements: 10_000, maxMapEntries: 10_000 };

/** Name under which `matches` runs: the library's own takes patterns of exponential time. */
export const LINEAR_MATCHES = "matchesLinear";

/** Methods of text that take positions; JSON's numbers are doubles. */
const POSITION_METHODS = {
  substring: (text: string, start: number, end?: number) => text.substring(start, end),
  indexOf: (text: string, search: string, from: number) => text.indexOf(search, from),
  lastIndexOf: (text: string, search: string, from: number) => text.lastIndexOf(search, from),
};

/** The environment of the run: values of JSON are dynamic, and its doubles mix with integer literals. */
export const environment = createEnvironment();

function createEnvironment(): Environment {
  const base = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: LIMITS,
  });
  const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": divide,
    "%": remainder,
  };
  for (const [operator, apply] of Object.entries(arithmetic)) {
    base.registerOperator(`double ${operator} int: double`, (a: number, b: bigint) => apply(a, Number(b)));
    base.registerOperator(`int ${operator} double: double`, (a: bigint, b: number) => apply(Number(a), b));
  }
  base.registerOperator("double % double", remainder);
  base.registerOperator("double == int", (a: number, b: bigint) => a === Number(b));
  base.registerFunction(`string.${LINEAR_MATCHES}(string): bool`, (text: string, pattern: string) =>
    compilePattern(pattern).test(text),
  );
  registerPositions(base);
  return base;
}

function registerPositions(base: Environment): void {
  const { substring, indexOf, lastIndexOf } = POSITION_METHODS;
  const at = (text: string, position: number | bigint): number => {
    const index = Number(position);
    if (Number.isInteger(index) && index >= 0 && index <= text.length) return index;
    throw new ExpressionError("expression/failed", `position ${index} is not within the text of length ${text.length}`);
  };
  base.registerFunction("string.substring(double): string", (text: string, start: number) =>
    substring(text, at(text, start)),
  );
  for (const types of ["double, double", "double, int", "int, double"]) {
    base.registerFunction(`string.substring(${types}): string`, (text: string, start: number, end: number) => {
      if (start > end) throw new ExpressionError("expression/failed", "the end lies before the start");
      return substring(text, at(text, start), at(text, end));
    });
  }
  base.registerFunction("string.indexOf(string, double): int", (text: string, search: string, from: number) =>
    BigInt(indexOf(text, search, at(text, from))),
  );
  base.registerFunction("string.lastIndexOf(string, double): int", (text: string, search: string, from: number) =>
    BigInt(lastIndexOf(text, search, at(text, from))),
  );
}

function divide(a: number, b: number): number {
  if (b === 0) throw new ExpressionError("expression/failed", "division by zero");
  return a / b;
}

function remainder(a: number, b: number): number {
  if (b === 0) throw new ExpressionError("expression/failed", "modulo by zero");
  return a % b;
}
