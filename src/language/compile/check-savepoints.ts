import type { Reader } from "../reader.ts";
import { nearestName } from "../yaml/nearest-name.ts";
import { flattenHeads, type StepHead } from "./read-steps.ts";

/** Complains about savepoints that share a name, also with another step, and about a `rollback-to` that names none. */
export function checkSavepoints(roots: readonly StepHead[], frontMatter: Reader, rollbackTo: string | undefined): void {
  const heads = flattenHeads(roots);
  const steps = new Map(heads.map((head) => [head.id, head]));
  const lines = new Map<string, number>();
  for (const head of heads) {
    const name = head.reader.text("savepoint");
    if (name === undefined) continue;
    const complain = (message: string) => head.reader.complain("savepoint", { code: "step/bad-value", message });
    const first = lines.get(name);
    const step = steps.get(name);
    if (first !== undefined) complain(`the savepoint ${name} is named on line ${first} already`);
    else if (step !== undefined && step !== head)
      complain(`the savepoint ${name} is called as the step on line ${step.span.line}`);
    lines.set(name, first ?? head.reader.spanOf(["savepoint"]).line);
  }
  if (rollbackTo === undefined || lines.has(rollbackTo) || steps.has(rollbackTo)) return;
  const near = nearestName(rollbackTo, [...steps.keys(), ...lines.keys()]);
  frontMatter.complain("on-failure", {
    code: "workflow/bad-value",
    message: `there is no savepoint and no step ${rollbackTo}`,
    ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
  });
}
