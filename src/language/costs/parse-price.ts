import type { Price, PriceList, PriceUnit, TokenRates } from "../../plan/price.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { readAmount } from "./read-amount.ts";

const CODE = "price/bad-value";
const UNITS: readonly PriceUnit[] = ["tokens", "requests", "minutes", "credits"];
const RATES = ["input", "output", "cache-read", "cache-write"];

/** Reads a price: `price:` of an agent, or one of the project's `prices:`. */
export function parsePrice(reader: Reader): Price | undefined {
  const unit = reader.has("unit") ? reader.oneOf("unit", UNITS) : "tokens";
  if (unit === undefined) return undefined;
  if (unit === "tokens") {
    checkKeys(reader, { known: ["unit", ...RATES, "long"], unknownCode: CODE });
    const rates = readRates(reader);
    const long = reader.map("long");
    if (rates === undefined) return undefined;
    if (long === undefined) return { unit, ...rates };
    checkKeys(long, { known: ["above", ...RATES], unknownCode: CODE });
    const above = needed(long, "above");
    const longRates = readRates(long);
    return above === undefined || longRates === undefined
      ? undefined
      : { unit, ...rates, long: { above, ...longRates } };
  }
  const counts = unit === "credits";
  checkKeys(reader, { known: ["unit", "usd", ...(counts ? ["per-call"] : [])], unknownCode: CODE });
  const usd = needed(reader, "usd");
  const perCall = counts ? readAmount(reader, "per-call", { code: CODE }) : undefined;
  return usd === undefined ? undefined : { unit, usd, ...(perCall === undefined ? {} : { perCall }) };
}

/** Reads `prices:`, by the name of a model or a part of it. */
export function parsePrices(reader: Reader): PriceList | undefined {
  const map = reader.map("prices", CODE);
  if (map === undefined) return undefined;
  const prices: Record<string, Price> = {};
  for (const model of Object.keys(map.object)) {
    const entry = map.map(model);
    const price = entry === undefined ? undefined : parsePrice(entry);
    if (price !== undefined) prices[model] = price;
  }
  return prices;
}

function readRates(reader: Reader): TokenRates | undefined {
  const input = needed(reader, "input");
  const output = needed(reader, "output");
  const cacheRead = readAmount(reader, "cache-read", { code: CODE, zero: true });
  const cacheWrite = readAmount(reader, "cache-write", { code: CODE, zero: true });
  if (input === undefined || output === undefined) return undefined;
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  };
}

function needed(reader: Reader, key: string): number | undefined {
  if (reader.has(key)) return readAmount(reader, key, { code: CODE, zero: true });
  const [first = key] = Object.keys(reader.object);
  reader.complain(
    first,
    {
      code: CODE,
      message: `the price does not say \`${key}\``,
      expected: "US dollars, per million tokens or per unit",
    },
    "key",
  );
  return undefined;
}
