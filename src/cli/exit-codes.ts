import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { isEndState } from "../plan/run-states.ts";
import type { RunReport } from "../plan/report.ts";

/** What a command's exit code says. */
export const EXIT = {
  ok: 0,
  runFailed: 1,
  badInput: 2,
  noServer: 3,
  refused: 4,
  waiting: 5,
  bug: 70,
  interrupted: 130,
} as const;

const REFUSALS = new Set([
  "run/still-running",
  "run/nothing-to-undo",
  "run/not-manual",
  "run/would-repeat",
  "run/place-taken",
  "run/parent-waits",
  "run/taken-back",
]);

/** The exit code of faults. */
export function exitOfDiagnostics(diagnostics: readonly Diagnostic[]): number {
  const codes = diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
  if (codes.some((code) => code === "internal/bug")) return EXIT.bug;
  if (codes.some((code) => code.startsWith("server/") || code === "run/no-server")) return EXIT.noServer;
  if (codes.some((code) => /^(approval|control)\//.test(code) || REFUSALS.has(code))) return EXIT.refused;
  if (codes.some((code) => code === "run/stuck" || code === "run/no-answer")) return EXIT.runFailed;
  return codes.length === 0 ? EXIT.ok : EXIT.badInput;
}

/** The exit code of a run that has ended, or waits; 4 for an end that a rule of its files wanted. */
export function exitOfRun({ status, error }: Pick<RunReport, "status" | "error">): number {
  if (status === "completed") return EXIT.ok;
  if (status === "failed" && error?.code.startsWith("budget/")) return EXIT.refused;
  if (isEndState(status) && error?.code === "route/rejected") return EXIT.refused;
  return !isEndState(status) ? EXIT.waiting : EXIT.runFailed;
}
