import type { ASTNode } from "@marcbachmann/cel-js";

/** One use of a context in an expression, such as `steps.assess.output.risk`. Offsets within the expression. */
export interface Reference {
  /** The names as far as they are written out: `["steps", "assess", "output", "risk"]`. */
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** Functions whose first argument names a variable of their own. */
const MACROS = new Set(["map", "filter", "all", "exists", "exists_one"]);

/** All uses of contexts, in order; variables of macros are not among them. */
export function listReferences(ast: ASTNode): readonly Reference[] {
  const found: Reference[] = [];
  visit(ast, new Set(), found);
  return found;
}

function visit(node: ASTNode, bound: ReadonlySet<string>, found: Reference[]): void {
  const path = pathOf(node);
  if (path !== undefined) {
    if (!bound.has(path[0] as string)) found.push({ path, start: node.start, end: node.end });
    return;
  }
  if (node.op === "rcall" && MACROS.has(node.args[0])) {
    const [, target, args] = node.args;
    visit(target, bound, found);
    const variable = args[0]?.op === "id" ? args[0].args : undefined;
    const inner = variable === undefined ? bound : new Set([...bound, variable]);
    for (const arg of args.slice(1)) visit(arg, inner, found);
    return;
  }
  for (const child of childrenOf(node)) visit(child, bound, found);
}

/** The names of `a.b.c`, also written `a["b"].?c`; undefined for anything else. */
function pathOf(node: ASTNode): readonly string[] | undefined {
  if (node.op === "id") return [node.args];
  if (node.op === "." || node.op === ".?") {
    const head = pathOf(node.args[0]);
    return head === undefined ? undefined : [...head, node.args[1]];
  }
  if (node.op === "[]" && node.args[1].op === "value" && typeof node.args[1].args === "string") {
    const head = pathOf(node.args[0]);
    return head === undefined ? undefined : [...head, node.args[1].args];
  }
  return undefined;
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  return collect(node.args);
}

function collect(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(collect);
  return typeof args === "object" && args !== null && "op" in args ? [args as ASTNode] : [];
}
