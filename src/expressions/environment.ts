// The language of `${{ }}`: CEL, with JSON's numbers. Imports plan and the CEL library only, since the workflow sandbox
// loads this room: no `node:`, no clock, no chance. `evaluate.ts` is the run-time side, `check-expression.ts` the
// compiler's; `render-template.ts` and `resolve-template.ts` apply templates in the workflow and in activities.
import { Environment } from "@marcbachmann/cel-js";

/** What one expression may be. */
const LIMITS = { maxAstNodes: 5000, maxDepth: 100, maxListElements: 10_000, maxMapEntries: 10_000 };

/** The base environment: values of JSON are dynamic, and its doubles mix with integer literals. */
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
    "/": (a, b) => a / b,
    "%": (a, b) => a % b,
  };
  for (const [operator, apply] of Object.entries(arithmetic)) {
    base.registerOperator(`double ${operator} int`, (a: number, b: bigint) => apply(a, Number(b)));
    base.registerOperator(`int ${operator} double`, (a: bigint, b: number) => apply(Number(a), b));
  }
  base.registerOperator("double % double", (a: number, b: number) => a % b);
  base.registerOperator("double == int", (a: number, b: bigint) => a === Number(b));
  return base;
}
