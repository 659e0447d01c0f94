import { estimatePlan } from "../../costs/estimate-plan.ts";
import { PRICE_BOOK_VERSION } from "../../costs/price-book.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { loadEstimate } from "../load-estimate.ts";
import { renderTable } from "../table.ts";

/** `costs estimate FILE`: what each step will cost, from least to most, and why. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const { plan, known } = loadEstimate(args[0] ?? "", { options, out });
  const estimate = estimatePlan(plan, known);
  const budgetUsd = plan.budget?.spend?.usd ?? null;
  out.data({ workflow: plan.name, priceBook: PRICE_BOOK_VERSION, budgetUsd, ...estimate });
  if (estimate.steps.length === 0) {
    out.text(`${plan.name} calls no model, and no tool that has a price.`);
    return EXIT.ok;
  }
  const usd = (value: number | null, unknown: string) => (value === null ? unknown : formatUsd(value));
  const table = renderTable(
    ["step", "agent", "model", "calls", "least", "most"],
    [
      ...estimate.steps.map((one) => [
        one.path,
        one.agent,
        one.model,
        one.calls.most === one.calls.least ? `${one.calls.least}` : `${one.calls.least} to ${one.calls.most ?? "?"}`,
        usd(one.least, "?"),
        usd(one.most, "?"),
      ]),
      ["all", "", "", "", usd(estimate.least, "?"), usd(estimate.most, "?")],
    ],
  );
  const why = estimate.steps.map((one) => `${one.path}: ${one.why.join("; ")}.`);
  const verdict =
    budgetUsd === null
      ? ""
      : estimate.most !== null && estimate.most <= budgetUsd
        ? `The budget of ${formatUsd(budgetUsd)} is enough.`
        : estimate.least !== null && estimate.least > budgetUsd
          ? `The budget of ${formatUsd(budgetUsd)} is not enough.`
          : `The budget of ${formatUsd(budgetUsd)} may not be enough.`;
  out.text([table, why.join("\n"), verdict].filter((part) => part !== "").join("\n\n"));
  return EXIT.ok;
};
