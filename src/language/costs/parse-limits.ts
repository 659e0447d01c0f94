import { type AlertTargets, type Limit, PERIODS } from "../../plan/budget.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { BUDGET_KEYS, parseBudget } from "./parse-budget.ts";

const CODE = "budget/bad-value";
const SCOPES = ["workflow", "agent", "model"] as const;

/** Reads `limits:` of a project, by name. */
export function parseLimits(reader: Reader, agents: readonly string[]): readonly Limit[] | undefined {
  const map = reader.map("limits", CODE);
  if (map === undefined) return undefined;
  return Object.keys(map.object).flatMap((name) => {
    const entry = map.map(name);
    const limit = entry === undefined ? undefined : parseLimit(name, entry, agents);
    return limit ?? [];
  });
}

/** Reads one limit: an amount over a period, of all calls or of those that its scope names. */
export function parseLimit(name: string, reader: Reader, agents: readonly string[]): Limit | undefined {
  checkKeys(reader, { known: ["period", ...SCOPES, ...BUDGET_KEYS], unknownCode: CODE });
  const period = reader.oneOf("period", PERIODS);
  const scope = Object.fromEntries(SCOPES.flatMap((key) => (reader.has(key) ? [[key, reader.text(key)]] : [])));
  const budget = parseBudget(reader, { agents, mayQueue: period !== "run" });
  if (!reader.has("usd") && !reader.has("tokens")) missing(reader, "`usd` or `tokens`", "a number above 0");
  if (!reader.has("period")) missing(reader, "`period`", PERIODS.join(" | "));
  if (budget === undefined || period === undefined) return undefined;
  return { name, period, ...(scope as Partial<Pick<Limit, (typeof SCOPES)[number]>>), ...budget };
}

/** Reads `alerts:` of a project. */
export function parseAlerts(reader: Reader): AlertTargets | undefined {
  const map = reader.map("alerts");
  if (map === undefined) return undefined;
  checkKeys(map, {
    known: ["webhook", "webhook-env", "command"],
    unknownCode: "config/unknown-key",
    synonyms: { url: "webhook" },
  });
  const webhook = map.text("webhook");
  const webhookEnv = map.text("webhook-env");
  const command = map.text("command");
  if (webhook !== undefined && !/^https?:\/\/\S+$/.test(webhook))
    map.complain("webhook", {
      code: "config/bad-value",
      message: `${webhook} is not an address`,
      expected: "https://…",
    });
  return {
    ...(webhook === undefined ? {} : { webhook }),
    ...(webhookEnv === undefined ? {} : { webhookEnv }),
    ...(command === undefined ? {} : { command }),
  };
}

function missing(reader: Reader, what: string, expected: string): void {
  const [first = ""] = Object.keys(reader.object);
  reader.complain(first, { code: CODE, message: `the limit does not say ${what}`, expected }, "key");
}
