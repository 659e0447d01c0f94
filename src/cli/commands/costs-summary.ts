import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import type { CostKey, CostSum } from "../../ledger/read-costs.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openProject, readFilter, withLedger } from "../open-costs.ts";
import { renderTable } from "../table.ts";

const KEYS: readonly CostKey[] = ["workflow", "agent", "model", "day", "run", "step"];

/** `costs summary`: what was spent, by workflow, agent, model, day, run or step. */
export const run: CommandRunner = async ({ options, out }) => {
  const wanted = (options["by"] as string | undefined) ?? "workflow";
  const by = KEYS.find((key) => key === wanted);
  if (by === undefined)
    throw new DiagnosticError([
      createDiagnostic({ code: "cli/usage", message: `--by ${wanted} is none of ${KEYS.join(", ")}` }),
    ]);
  const filter = readFilter(options);
  const { sumCosts } = await import("../../ledger/read-costs.ts");
  const { rows, total } = await withLedger(openProject(), (ledger) => sumCosts(ledger, by, filter));
  out.data({ by, since: sinceOf(filter.sinceMs), rows, total });
  if (total.calls === 0) out.text("No model has been called, and no tool that has a price.");
  else
    out.text(
      renderTable(
        [by, "calls", "cost", "in", "cached", "out", "reasoning"],
        [...rows, ...(rows.length > 1 ? [total] : [])].map((one) => [
          one.key ?? "outside of runs",
          String(one.calls),
          costOf(one),
          String(one.inputTokens + one.cacheWriteTokens),
          String(one.cacheReadTokens),
          String(one.outputTokens),
          String(one.reasoningTokens),
        ]),
      ),
    );
  return EXIT.ok;
};

function sinceOf(sinceMs: number | undefined): string | null {
  return sinceMs === undefined ? null : new Date(sinceMs).toISOString();
}

function costOf({ usd, unpricedCalls }: CostSum): string {
  return unpricedCalls === 0 ? formatUsd(usd) : `${formatUsd(usd)} and ${unpricedCalls} of unknown price`;
}
