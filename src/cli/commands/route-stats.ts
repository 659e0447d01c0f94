import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject } from "../../bundle/load-project.ts";
import { totalChoices } from "../../ledger/choices.ts";
import { openLedger } from "../../ledger/open-ledger.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { storeDirOf } from "../store-dir.ts";
import { renderTable } from "../table.ts";

/** `route stats`: how often which decision fell on which agent. */
export const run: CommandRunner = async ({ options, out }) => {
  const ledger = openLedger(storeDirOf(loadProject(findProjectDir(process.cwd()), process.env)));
  try {
    const totals = totalChoices(ledger, options["workflow"] as string | undefined);
    out.data({ totals });
    out.text(
      totals.length === 0
        ? "No step has chosen an agent yet."
        : renderTable(
            ["decision", "agent", "times"],
            totals.map(({ decision, agent, count }) => [decision, agent ?? "nobody", String(count)]),
          ),
    );
    return EXIT.ok;
  } finally {
    ledger.close();
  }
};
