import type { ASTNode } from "@marcbachmann/cel-js";
import { childNodes } from "./guard-program.ts";
import type { NameFault } from "./infer-types.ts";
import { pathOf } from "./references.ts";

/** How a step can stand. */
const STATUSES = [
  "pending",
  "running",
  "waiting",
  "completed",
  "failed",
  "skipped",
  "cancelled",
  "compensated",
  "outcome-unknown",
];

/** A text that the status of a step is compared with and never is; undefined where there is none. */
export function checkStatus(ast: ASTNode): NameFault | undefined {
  const [left, right] = sidesOf(ast);
  const found = left && right && (wrongText(left, right) ?? wrongText(right, left));
  if (found !== undefined) return found;
  for (const child of childNodes(ast)) {
    const inner = checkStatus(child);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function sidesOf({ op, args }: ASTNode): readonly ASTNode[] {
  return op === "==" || op === "!=" || op === "in" ? args : [];
}

function wrongText(status: ASTNode, other: ASTNode): NameFault | undefined {
  const path = pathOf(status);
  if (path?.[0] !== "steps" || path[2] !== "status" || path.length !== 3) return undefined;
  const texts = other.op === "list" ? other.args : [other];
  const wrong = texts.find(({ op, args }) => op === "value" && typeof args === "string" && !STATUSES.includes(args));
  if (wrong === undefined) return undefined;
  const { start, end } = wrong;
  return {
    code: "expression/unknown-name",
    message: `no step ever has the status ${JSON.stringify(wrong.args)}`,
    start,
    end,
    names: STATUSES,
  };
}
