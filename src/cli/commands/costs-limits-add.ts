import { DiagnosticError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { parseLimit } from "../../language/costs/parse-limits.ts";
import { createReader } from "../../language/reader.ts";
import { addLimit } from "../../ledger/limits.ts";
import type { JsonValue } from "../../plan/json.ts";
import type { CommandCall, CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { limitText, scopeText } from "../limit-text.ts";
import { openProject, withLedger } from "../open-costs.ts";

const OPTIONS: Readonly<Record<string, string>> = {
  usd: "usd",
  tokens: "tokens",
  period: "period",
  workflow: "workflow",
  agent: "agent",
  model: "model",
  onLimit: "on-limit",
  switchTo: "switch-to",
  alertAt: "alert-at",
};

/** `costs limits add NAME`: a limit that holds from the next call on, for every run of this store. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const project = openProject();
  const diagnostics: Diagnostic[] = [];
  const reader = createReader(Object.fromEntries(given(options)), {
    file: "costs limits add",
    yaml: { spanOf: () => ({ line: 1, column: 1, endLine: 1, endColumn: 2 }) },
    badValue: "budget/bad-value",
    diagnostics,
  });
  const limit = parseLimit(args[0] ?? "", reader, Object.keys(project.allAgents));
  if (limit === undefined || diagnostics.length > 0)
    throw new DiagnosticError(diagnostics.map(({ span: _span, file: _file, ...rest }) => rest));
  await withLedger(project, (ledger) => addLimit(ledger, limit));
  out.data({ limit });
  out.text(`${limit.name}: ${limitText(limit)} a ${limit.period} of ${scopeText(limit)}, then ${limit.onLimit}.`);
  return EXIT.ok;
};

/** The options as a file would have them: numbers as numbers. */
function given(options: CommandCall["options"]): readonly (readonly [string, JsonValue])[] {
  return Object.entries(OPTIONS).flatMap(([option, key]) => {
    const text = options[option];
    if (typeof text !== "string") return [];
    const number = (one: string) => (Number.isFinite(Number(one)) && one.trim() !== "" ? Number(one) : one);
    const value =
      key === "alert-at" ? text.split(",").map(number) : ["usd", "tokens"].includes(key) ? number(text) : text;
    return [[key, value] as const];
  });
}
