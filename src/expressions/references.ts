import type { ASTNode } from "@marcbachmann/cel-js";
import { childNodes } from "./guard-program.ts";

/** One use of a context in an expression, such as `steps.assess.output.risk`. Offsets within the expression. */
export interface Reference {
  /** The names as far as they are written out: `["steps", "assess", "output", "risk"]`. */
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
  /** What lies at this index of the path, and after it, may be missing or null (`.?`, `has`). */
  readonly optionalFrom?: number;
}

/** Functions whose first argument names a variable of their own. */
export const LOOP_MACROS: ReadonlySet<string> = new Set(["map", "filter", "all", "exists", "exists_one"]);

/** All uses of contexts, in order; variables of macros are not among them. */
export function listReferences(ast: ASTNode): readonly Reference[] {
  const found: Reference[] = [];
  visit(ast, new Set(), (reference) => found.push(reference));
  return found;
}

/** Whether null at this step's output breaks the reference: something of the output is asked for, and not by `.?`. */
export function asksOutput({ path, optionalFrom }: Reference): boolean {
  return path[0] === "steps" && path[2] === "output" && path.length > 3 && (optionalFrom ?? Infinity) > 3;
}

function visit(node: ASTNode, bound: ReadonlySet<string>, report: (reference: Reference) => void): void {
  const path = pathOf(node);
  if (path !== undefined) {
    if (bound.has(path[0] as string)) return;
    const optionalFrom = findOptional(node, path.length - 1);
    report({ path, start: node.start, end: node.end, ...(optionalFrom === undefined ? {} : { optionalFrom }) });
    return;
  }
  if (node.op === "rcall" && LOOP_MACROS.has(node.args[0])) {
    const [, target, args] = node.args;
    visit(target, bound, report);
    const variable = args[0]?.op === "id" ? args[0].args : undefined;
    const inner = variable === undefined ? bound : new Set([...bound, variable]);
    for (const arg of args.slice(1)) visit(arg, inner, report);
    return;
  }
  if (node.op === "call" && node.args[0] === "has") {
    const asked = (reference: Reference) => report({ optionalFrom: reference.path.length - 1, ...reference });
    for (const arg of node.args[1]) visit(arg, bound, asked);
    return;
  }
  for (const child of childNodes(node)) visit(child, bound, report);
}

/** The names of `a.b.c`, also written `a["b"].?c`; undefined for anything else. */
export function pathOf(node: ASTNode): readonly string[] | undefined {
  if (node.op === "id") return [node.args];
  const name = fieldOf(node);
  if (name === undefined) return undefined;
  const head = pathOf((node.args as ASTNode[])[0] as ASTNode);
  return head === undefined ? undefined : [...head, name];
}

/** The field that `.x`, `.?x` or `["x"]` names. */
function fieldOf(node: ASTNode): string | undefined {
  if (node.op === "." || node.op === ".?") return node.args[1];
  if (node.op !== "[]" && node.op !== "[?]") return undefined;
  const key = node.args[1];
  return key.op === "value" && typeof key.args === "string" ? key.args : undefined;
}

/** Index of the first name of a path that is asked for with `.?`. */
function findOptional(node: ASTNode, index: number): number | undefined {
  if (node.op === "id") return undefined;
  const inner = findOptional((node.args as ASTNode[])[0] as ASTNode, index - 1);
  return inner ?? (node.op === ".?" || node.op === "[?]" ? index : undefined);
}
