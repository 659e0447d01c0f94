import type { ASTNode, ParseResult } from "@marcbachmann/cel-js";
import { LINEAR_MATCHES } from "./environment.ts";
import { ExpressionError } from "./expression-error.ts";
import { compilePattern, PatternError } from "../plan/linear-pattern.ts";

/** A construct of CEL that we refuse. Offsets within the expression. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** No list that an expression makes may be longer. */
export const MAX_LIST_LENGTH = 100_000;

/** All loops of one evaluation together may run this often: a workflow must answer its server. */
const MAX_ITERATIONS = 100_000;

/** Object keys that the library would drop without a word. */
const LOST_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/** Methods of timestamps that look at a time zone: the worker's, or a database of zones that changes. */
const ZONED = /^get(Date|DayOfMonth|DayOfWeek|DayOfYear|FullYear|Hours|Milliseconds|Minutes|Month|Seconds)$/;

/** The parts of a node that its type leaves out. The library is pinned exactly; the tests hold this shape. */
interface Comprehension {
  readonly meta: {
    readonly alternate?: { readonly op: string; readonly args: { condition?: (result: unknown) => boolean } };
  };
}

/** Iterations left of the evaluation that is under way: evaluation never waits, so one counter is enough. */
let iterationsLeft = 0;

/** Must be called before each evaluation. */
export function beginEvaluation(): void {
  iterationsLeft = MAX_ITERATIONS;
}

/** Refuses what is not deterministic or not bounded, and bounds the loops of what is left. */
export function guardProgram({ ast }: ParseResult): Refusal | undefined {
  let refusal: Refusal | undefined;
  const visit = (node: ASTNode): void => {
    const message = refuse(node);
    if (message !== undefined) refusal ??= { ...message, start: node.start, end: node.end };
    boundLoop(node as unknown as Comprehension);
    for (const child of childNodes(node)) visit(child);
  };
  visit(ast);
  return refusal;
}

/** The nodes right under a node. */
export function childNodes({ args }: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = [];
  collect(args, found);
  return found;
}

function collect(args: unknown, found: ASTNode[]): void {
  if (Array.isArray(args)) for (const one of args) collect(one, found);
  else if (typeof args === "object" && args !== null && "op" in args) found.push(args as ASTNode);
}

function refuse(node: ASTNode): Pick<Refusal, "code" | "message"> | undefined {
  if (node.op === "map") {
    const lost = node.args.find(([key]) => key.op === "value" && LOST_KEYS.has(String(key.args)));
    return (
      lost && {
        code: "expression/syntax",
        message: `an object in an expression cannot have the key ${JSON.stringify(lost[0].args)}`,
      }
    );
  }
  if (node.op === "call" && node.args[0] === "matches") {
    return { code: "expression/pattern", message: "write text.matches(pattern)" };
  }
  if (node.op !== "rcall") return undefined;
  const [method, target, args] = node.args;
  if (method === "bind" && target.op === "id" && target.args === "cel") {
    return { code: "expression/syntax", message: "cel.bind is not part of the language; use a `set` step" };
  }
  if (ZONED.test(method) && (args.length > 0 || method === "getDayOfYear")) {
    return {
      code: "expression/syntax",
      message: `${method} with a time zone is not the same on every machine; times are in UTC`,
    };
  }
  if (method === "matches" && args.length === 1) return refusePattern(node.args, args[0] as ASTNode);
  return undefined;
}

function refusePattern(call: [string, ASTNode, ASTNode[]], pattern: ASTNode): ReturnType<typeof refuse> {
  if (pattern.op !== "value" || typeof pattern.args !== "string") {
    return { code: "expression/pattern", message: "`matches` takes a literal pattern" };
  }
  try {
    compilePattern(pattern.args);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return { code: "expression/pattern", message: error.message };
  }
  call[0] = LINEAR_MATCHES;
  return undefined;
}

function boundLoop({ meta }: Comprehension): void {
  if (meta.alternate?.op !== "comprehension") return;
  const { args } = meta.alternate;
  const goOn = args.condition;
  args.condition = (result) => {
    iterationsLeft -= 1;
    if (iterationsLeft < 0) {
      throw new ExpressionError(
        "expression/too-large",
        `the loops of the expression run more than ${MAX_ITERATIONS} times`,
      );
    }
    if (Array.isArray(result) && result.length > MAX_LIST_LENGTH) {
      throw new ExpressionError(
        "expression/too-large",
        `a list in the expression has more than ${MAX_LIST_LENGTH} items`,
      );
    }
    return goOn === undefined || goOn(result);
  };
}
