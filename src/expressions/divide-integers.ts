import type { ASTNode } from "@marcbachmann/cel-js";
import { childNodes } from "./guard-program.ts";
import { replaceRanges } from "./replace-ranges.ts";

/** What a checked node knows beside its public type. The library is pinned exactly; the tests hold this shape. */
interface Checked {
  readonly checkedType?: { readonly name: string };
}

/**
 * JSON has no integers, so at run time every number is a double; where both sides of `/` are declared integers, `int(…)`
 * around the paths in them makes it an integer division again. Takes the typed AST and gives the original text back.
 */
export function divideIntegers(cel: string, typed: ASTNode, toOriginal: (offset: number) => number): string {
  const wrapped = new Set<ASTNode>();
  const visit = (node: ASTNode): void => {
    if (isDivision(node)) for (const leaf of (node.args as ASTNode[]).flatMap(leavesOf)) wrapped.add(leaf);
    for (const child of childNodes(node)) visit(child);
  };
  visit(typed);
  const insertions = [...wrapped].flatMap((leaf) => {
    const start = toOriginal(leaf.start);
    const end = toOriginal(leaf.end);
    return [
      { start, end: start, text: "int(" },
      { start: end, end, text: ")" },
    ];
  });
  return insertions.length === 0 ? cel : replaceRanges(cel, insertions).text;
}

function isDivision(node: ASTNode): boolean {
  return node.op === "/" && (node.args as readonly Checked[]).every(({ checkedType }) => checkedType?.name === "int");
}

/** The paths that give an integer expression its value; literals and functions are CEL integers already. */
function leavesOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case "id":
    // A part of what the expression has made.
    case ".":
    case "[]":
      return [node];
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return node.args.flatMap(leavesOf);
    case "-_":
      return leavesOf(node.args);
    case "?:":
      return node.args.slice(1).flatMap(leavesOf);
    case "rcall":
      return (node.args[0] === "orValue" || node.args[0] === "value") && node.args[1].op === "id" ? [node] : [];
    default:
      return [];
  }
}
