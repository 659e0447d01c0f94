import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openProject, readFilter, withLedger } from "../open-costs.ts";
import { renderTable } from "../table.ts";

const MOST = "1000";

/** `costs list`: every call of a model, or of a tool that has a price, the newest first. */
export const run: CommandRunner = async ({ options, out }) => {
  const limit = (options["limit"] as string | undefined) ?? MOST;
  if (!/^[1-9]\d*$/.test(limit))
    throw new DiagnosticError([createDiagnostic({ code: "cli/usage", message: `--limit ${limit} is not a number` })]);
  const { listCalls } = await import("../../ledger/read-costs.ts");
  const filter = readFilter(options);
  const calls = await withLedger(openProject(), (ledger) => listCalls(ledger, filter, Number(limit)));
  out.data({ calls });
  out.text(
    calls.length === 0
      ? "No model has been called, and no tool that has a price."
      : renderTable(
          ["time", "run", "step", "agent", "model", "in", "cached", "out", "cost"],
          calls.map((one) => [
            one.at,
            one.run ?? "",
            one.step ?? "",
            one.agent,
            one.model,
            String(one.inputTokens + one.cacheWriteTokens),
            String(one.cacheReadTokens),
            String(one.outputTokens),
            one.usd === null ? "unknown" : formatUsd(one.usd),
          ]),
        ),
  );
  return EXIT.ok;
};
