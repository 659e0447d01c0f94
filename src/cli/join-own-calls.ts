import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunReport } from "../plan/report.ts";
import { stepPathOf } from "../plan/step-path.ts";

/** The report with what programs have called by themselves, as far as the ledger of this store knows. */
export async function joinOwnCalls(report: RunReport, storeDir: string): Promise<RunReport> {
  const mayHave = report.steps.some(({ kind }) => kind === "agent") && existsSync(join(storeDir, "ledger.db"));
  if (!mayHave) return report;
  const [{ openLedger }, { listProgramCalls }] = await Promise.all([
    import("../ledger/open-ledger.ts"),
    import("../ledger/program-calls.ts"),
  ]);
  const ledger = openLedger(storeDir);
  try {
    const calls = listProgramCalls(ledger, report.run, Date.parse(report.startedAt));
    const byStep = Map.groupBy(calls, ({ path }) => stepPathOf(path));
    const steps = report.steps.map((step) => {
      const ownCalls = byStep.get(step.path);
      return ownCalls === undefined ? step : { ...step, ownCalls };
    });
    return { ...report, steps };
  } finally {
    ledger.close();
  }
}
