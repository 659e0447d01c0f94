import type { ASTNode } from "@marcbachmann/cel-js";
import { childNodes } from "./guard-program.ts";
import { replaceRanges } from "./replace-ranges.ts";

/**
 * The expression with the literal that keeps the types of a choice apart written as the other side has it: `a ? price : 0` means
 * `0.0`, and null may stand for a value of any type. `at` is where the types were found not to fit. Undefined where there is none.
 */
export function mendLiteral(
  cel: string,
  ast: ASTNode,
  at: { readonly start: number; readonly end: number },
): string | undefined {
  const choices = choicesIn(ast).filter(({ start, end }) => start <= at.start && at.start < end);
  // The innermost one first.
  for (const choice of choices.toReversed())
    for (const { start, end } of sidesOf(choice).filter(isMendable)) {
      const literal = cel.slice(start, end);
      const text = literal === "null" ? "dyn(null)" : `${literal}.0`;
      return replaceRanges(cel, [{ start, end, text }]).text;
    }
  return undefined;
}

function choicesIn(node: ASTNode): readonly ASTNode[] {
  const inner = childNodes(node).flatMap(choicesIn);
  return sidesOf(node).length > 0 ? [node, ...inner] : inner;
}

/** What must have one type, of `a ? b : c` and `a.orValue(b)`. */
function sidesOf(node: ASTNode): readonly ASTNode[] {
  if (node.op === "?:") return (node.args as ASTNode[]).slice(1);
  return node.op === "rcall" && node.args[0] === "orValue" ? node.args[2] : [];
}

function isMendable({ op, args }: ASTNode): boolean {
  return op === "value" && (args === null || typeof args === "bigint");
}
