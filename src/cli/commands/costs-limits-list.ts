import { listLimits } from "../../ledger/limits.ts";
import type { Limit } from "../../plan/budget.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { limitText, scopeText } from "../limit-text.ts";
import { openProject, withLedger } from "../open-costs.ts";
import { renderTable } from "../table.ts";

/** `costs limits list`: those of aiworkflow.yaml, and those that were added. */
export const run: CommandRunner = async ({ out }) => {
  const project = openProject();
  const added = await withLedger(project, listLimits);
  const from = (limits: readonly Limit[], place: string) => limits.map((limit) => ({ ...limit, from: place }));
  const limits = [...from(project.costs.limits ?? [], "aiworkflow.yaml"), ...from(added, "added")];
  out.data({ limits });
  out.text(
    limits.length === 0
      ? "No limits. `aiworkflow costs limits add NAME --usd 10 --period day` adds one."
      : renderTable(
          ["name", "limit", "of", "then", "from"],
          limits.map((one) => [
            one.name,
            `${limitText(one)} a ${one.period}`,
            scopeText(one),
            one.switchTo === undefined ? one.onLimit : `switch to ${one.switchTo}`,
            one.from,
          ]),
        ),
  );
  return EXIT.ok;
};
