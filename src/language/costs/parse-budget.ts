import { ALERT_AT, type Budget, ON_LIMIT, type OnLimit } from "../../plan/budget.ts";
import type { Reader } from "../reader.ts";
import { nearestName } from "../yaml/nearest-name.ts";
import { readAmount } from "./read-amount.ts";

const CODE = "budget/bad-value";
/** Keys that every budget and every limit may have. */
export const BUDGET_KEYS: readonly string[] = ["usd", "tokens", "on-limit", "switch-to", "alert-at"];
/** What other tools say. */
const OTHER_WORDS: Readonly<Record<string, OnLimit>> = {
  warn: "alert",
  notify: "alert",
  block: "stop",
  reject: "stop",
  switch_agent: "switch",
  "switch-agent": "switch",
};

/** What the words of a budget may be. */
export interface BudgetWords {
  /** Names of agents that there are. */
  readonly agents: readonly string[];
  /** It counts over a day, week or month: a call can wait for the next one. */
  readonly mayQueue: boolean;
}

/** Reads what a budget or limit allows, and what happens then; undefined where it names no amount. Keys are checked by the caller. */
export function parseBudget(reader: Reader, words: BudgetWords): Budget | undefined {
  const usd = readAmount(reader, "usd", { code: CODE });
  const tokens = readAmount(reader, "tokens", { code: CODE });
  const onLimit = readOnLimit(reader, words) ?? "stop";
  const switchTo = readSwitch(reader, onLimit, words);
  const alertAt = readAlertAt(reader) ?? (onLimit === "alert" ? [...ALERT_AT, 1] : ALERT_AT);
  if (usd === undefined && tokens === undefined) return undefined;
  return {
    ...(usd === undefined ? {} : { usd }),
    ...(tokens === undefined ? {} : { tokens }),
    onLimit,
    ...(switchTo === undefined ? {} : { switchTo }),
    alertAt,
  };
}

function readOnLimit(reader: Reader, { mayQueue }: BudgetWords): OnLimit | undefined {
  const value = reader.raw("on-limit");
  if (value === undefined) return undefined;
  const words = ON_LIMIT.filter((word) => mayQueue || word !== "queue");
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const near = typeof value === "string" ? (OTHER_WORDS[value] ?? nearestName(value, words)) : undefined;
  const hint =
    value === "queue"
      ? "a call can wait for the next day, week or month of a limit: see `limits` in aiworkflow.yaml"
      : near && `did you mean ${near}?`;
  reader.complain("on-limit", {
    code: CODE,
    message: `on-limit cannot be ${JSON.stringify(value)}${value === "queue" ? " here" : ""}`,
    expected: words.join(" | "),
    ...(hint === undefined ? {} : { hint }),
  });
  return undefined;
}

function readSwitch(reader: Reader, onLimit: OnLimit, { agents }: BudgetWords): string | undefined {
  if (onLimit === "switch" && !reader.has("switch-to"))
    reader.complain("on-limit", {
      code: CODE,
      message: "`on-limit: switch` needs `switch-to: AGENT`",
      expected: agents.join(", "),
    });
  if (!reader.has("switch-to")) return undefined;
  if (onLimit !== "switch")
    reader.complain(
      "switch-to",
      { code: CODE, message: "`switch-to` has no meaning without `on-limit: switch`" },
      "key",
    );
  const name = reader.raw("switch-to");
  if (typeof name === "string" && agents.includes(name)) return name;
  const near = typeof name === "string" ? nearestName(name, agents) : undefined;
  reader.complain("switch-to", {
    code: CODE,
    message: `there is no agent ${typeof name === "string" ? name : JSON.stringify(name)}`,
    expected: agents.join(", "),
    ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
  });
  return undefined;
}

function readAlertAt(reader: Reader): readonly number[] | undefined {
  const value = reader.raw("alert-at");
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((one) => typeof one === "number" && one > 0 && one <= 1))
    return [...new Set(value as readonly number[])].sort((a, b) => a - b);
  reader.complain("alert-at", {
    code: CODE,
    message: `alert-at cannot be ${JSON.stringify(value).slice(0, 60)}`,
    expected: "shares of the budget, such as [0.5, 0.8, 0.95]",
  });
  return undefined;
}
