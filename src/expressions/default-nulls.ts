import type { ASTNode } from "@marcbachmann/cel-js";
import { environment } from "./environment.ts";
import { childNodes } from "./guard-program.ts";
import { replaceRanges, type Replacement } from "./replace-ranges.ts";

/**
 * `a.?b.orValue(c)` is `c` also where `b` is there and null: to the library null is a value, and in JSON it says that there is
 * none. Written out in the plan, so that older plans mean what they meant.
 */
export function defaultNulls(cel: string): string {
  return cel.includes(".orValue(") ? textOf(environment.parse(cel).ast, cel) : cel;
}

function textOf(node: ASTNode, cel: string): string {
  const edits = editsBelow(node, cel);
  const shifted = edits.map(({ start, end, text }) => ({ start: start - node.start, end: end - node.start, text }));
  const own = replaceRanges(cel.slice(node.start, node.end), shifted).text;
  if (!isDefaulted(node)) return own;
  const [, target, [value]] = node.args as [string, ASTNode, [ASTNode]];
  return `(${textOf(target, cel)}.orValue(null) == null ? ${textOf(value, cel)} : ${own})`;
}

function editsBelow(node: ASTNode, cel: string): readonly Replacement[] {
  return childNodes(node).flatMap((child) =>
    isDefaulted(child) ? [{ start: child.start, end: child.end, text: textOf(child, cel) }] : editsBelow(child, cel),
  );
}

function isDefaulted(node: ASTNode): boolean {
  return node.op === "rcall" && node.args[0] === "orValue" && node.args[2].length === 1;
}
