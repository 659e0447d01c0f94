import { capOfLimit } from "../../costs/caps-of-call.ts";
import { listLimits } from "../../ledger/limits.ts";
import type { Ledger } from "../../ledger/open-ledger.ts";
import { readStanding } from "../../ledger/reservations.ts";
import { listBudgets } from "../../ledger/seen-budgets.ts";
import type { Cap } from "../../plan/budget.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { limitText, scopeText } from "../limit-text.ts";
import { openProject, readFilter, withLedger } from "../open-costs.ts";
import { renderTable } from "../table.ts";

const DAY_MS = 86_400_000;

/** `costs budget`: what is spent of every limit, and of the budgets of runs; and what is left. */
export const run: CommandRunner = async ({ options, out }) => {
  const project = openProject();
  const { run: root, sinceMs = Date.now() - DAY_MS } = readFilter(options);
  const budgets = await withLedger(project, (ledger) => {
    const limits = [...(project.costs.limits ?? []), ...listLimits(ledger)];
    const shared = limits.flatMap((limit) => {
      // A limit of each run is something to look at in a run only.
      if (limit.period === "run" && root === undefined) return [];
      return [{ period: limit.period, cap: capOfLimit(limit, root ?? "", Date.now()) }];
    });
    const own = listBudgets(ledger, root === undefined ? { sinceMs } : { root, sinceMs: 0 });
    return [...shared, ...own.map((cap) => ({ period: "run", cap }))].map((one) => describe(ledger, one));
  });
  out.data({ budgets });
  out.text(
    budgets.length === 0
      ? "No limits, and no budgets of runs of the last day."
      : renderTable(
          ["budget", "of", "allows", "spent", "reserved", "left", "begins anew"],
          budgets.map((one) => [
            one.name,
            one.scope,
            `${limitText(one)} a ${one.period}`,
            limitText({
              usd: one.usd === null ? null : one.spentUsd,
              tokens: one.tokens === null ? null : one.spentTokens,
            }),
            one.usd === null ? "" : formatUsd(one.reservedUsd),
            limitText({ usd: one.leftUsd, tokens: one.leftTokens }),
            one.resetsAt ?? "",
          ]),
        ),
  );
  return EXIT.ok;
};

function describe(ledger: Ledger, { cap, period }: { readonly cap: Cap; readonly period: string }) {
  const { usd, tokens, spent, reserved } = readStanding(ledger, cap);
  return {
    name: cap.name,
    scope: cap.scope.account === undefined ? scopeText(cap.scope) : cap.scope.account,
    period,
    onLimit: cap.onLimit,
    usd,
    tokens,
    spentUsd: spent.usd,
    spentTokens: spent.tokens,
    reservedUsd: reserved.usd,
    reservedTokens: reserved.tokens,
    leftUsd: usd === null ? null : Math.max(usd - spent.usd, 0),
    leftTokens: tokens === null ? null : Math.max(tokens - spent.tokens, 0),
    resetsAt: cap.endMs === undefined ? null : new Date(cap.endMs).toISOString(),
  };
}
