import type { PartReport, RunReport } from "../plan/report.ts";
import type { Connected } from "./connect-client.ts";
import { readReport } from "./read-report.ts";

function openParts({ steps }: RunReport): readonly PartReport[] {
  return steps.flatMap(({ parts = [] }) => parts);
}

/**
 * The part of a long loop that has the step, which is a path such as `each[700]` or `each[700].gate`; without a step the one
 * part that asks something, where there is only one. Undefined where the run itself has it.
 */
export async function findPart(
  connected: Connected,
  run: string,
  step: string | undefined,
): Promise<string | undefined> {
  const report = await readReport(connected, run);
  if (step !== undefined) return openParts(report).find((part) => holds(part, step))?.run;
  const open = report.approvals.filter(({ status }) => status === "pending");
  return open.length === 1 ? open[0]?.run : undefined;
}

function holds({ loop, first, last }: PartReport, step: string): boolean {
  if (!step.startsWith(`${loop}[`)) return false;
  const index = Number.parseInt(step.slice(loop.length + 1), 10);
  return index >= first && index <= last;
}
