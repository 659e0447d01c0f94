// What model calls cost: the vendored price book, the price of a call, what calls may cost before they are made, and the periods of
// limits. Pure; imports plan only. Start here, then `price-call.ts`, `estimate-plan.ts`.
import type { Price, TokenRates } from "../plan/price.ts";

/** One price of the book. */
export interface BookEntry {
  readonly model: string;
  readonly price: Price;
  /** The page the price stands on, and the day it was read or is known to hold. */
  readonly source: string;
  readonly date: string;
}

/** Changes with every change of a price; it stands in each record of a call. */
export const PRICE_BOOK_VERSION = "2026-11-26";

const ANTHROPIC = "Anthropic: Pricing, platform.claude.com/docs/en/about-claude/pricing";
const OPENAI = "OpenAI: Pricing, developers.openai.com/api/docs/pricing";
const GOOGLE = "Google: Gemini Developer API pricing, ai.google.dev/gemini-api/docs/pricing";

type Row = readonly [model: string, input: number, output: number, cacheRead?: number, cacheWrite?: number];

function rows(source: string, date: string, table: readonly Row[]): readonly BookEntry[] {
  return table.map(([model, input, output, cacheRead, cacheWrite]) => ({
    model,
    price: { unit: "tokens", ...rates(input, output, cacheRead, cacheWrite) },
    source,
    date,
  }));
}

function rates(...[input, output, cacheRead, cacheWrite]: readonly [number, number, number?, number?]): TokenRates {
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  };
}

/**
 * Standard rates in US dollars per million tokens: input, output, cache read, cache write (of five minutes). A model that is not here has
 * an unknown price, never none.
 */
export const PRICE_BOOK: readonly BookEntry[] = [
  ...rows(ANTHROPIC, "2026-10-24", [
    ["claude-fable-5-1", 10, 50, 0.25, 12.5],
    ["claude-fable-5", 10, 50, 1, 12.5],
    ["claude-opus-5-5", 4, 20, 0.2, 5],
    ["claude-opus-5", 5, 25, 0.5, 6.25],
    ["claude-opus-4-8", 5, 25, 0.5, 6.25],
    ["claude-opus-4-7", 5, 25, 0.5, 6.25],
    ["claude-opus-4-6", 5, 25, 0.5, 6.25],
    ["claude-opus-4-5", 5, 25, 0.5, 6.25],
    ["claude-opus-4-1", 15, 75, 1.5, 18.75],
    ["claude-opus-4", 15, 75, 1.5, 18.75],
    ["claude-sonnet-5-5", 2, 10, 0.1, 2.5],
    ["claude-sonnet-5", 2, 10, 0.2, 2.5],
    ["claude-sonnet-4-6", 3, 15, 0.3, 3.75],
    ["claude-sonnet-4-5", 3, 15, 0.3, 3.75],
    ["claude-sonnet-4", 3, 15, 0.3, 3.75],
    ["claude-haiku-4-5", 1, 5, 0.1, 1.25],
  ]),
  {
    model: "claude-haiku-5-5",
    price: {
      unit: "tokens",
      ...rates(0.1, 0.5, 0.01, 0.125),
      long: { above: 100_000, ...rates(0.5, 2.5, 0.05, 0.625) },
    },
    source: ANTHROPIC,
    date: "2026-10-24",
  },
  ...rows(ANTHROPIC, "2025-10-01", [
    ["claude-3-7-sonnet", 3, 15, 0.3, 3.75],
    ["claude-3-5-sonnet", 3, 15, 0.3, 3.75],
    ["claude-3-5-haiku", 0.8, 4, 0.08, 1],
    ["claude-3-opus", 15, 75, 1.5, 18.75],
    ["claude-3-haiku", 0.25, 1.25, 0.03, 0.3],
  ]),
  {
    model: "gpt-6.1-sol",
    price: { unit: "tokens", ...rates(2, 10, 0.1, 2.5), long: { above: 272_000, ...rates(4, 15, 0.2) } },
    source: OPENAI,
    date: "2026-10-13",
  },
  ...rows(OPENAI, "2026-10-13", [["gpt-6-sol", 2, 10, 0.2, 2.5]]),
  ...rows(OPENAI, "2026-05-22", [
    ["gpt-5.5", 5, 30, 0.5],
    ["gpt-5.5-pro", 30, 180],
    ["gpt-5.4", 2.5, 15, 0.25],
    ["gpt-5.4-mini", 0.75, 4.5, 0.075],
    ["gpt-5.4-nano", 0.2, 1.25, 0.02],
  ]),
  ...rows(OPENAI, "2025-12-11", [
    ["gpt-5.2", 1.75, 14, 0.175],
    ["gpt-5.1", 1.25, 10, 0.125],
    ["gpt-5", 1.25, 10, 0.125],
    ["gpt-5-mini", 0.25, 2, 0.025],
    ["gpt-5-nano", 0.05, 0.4, 0.005],
    ["gpt-5-pro", 15, 120],
    ["gpt-4.1", 2, 8, 0.5],
    ["gpt-4.1-mini", 0.4, 1.6, 0.1],
    ["gpt-4.1-nano", 0.1, 0.4, 0.025],
    ["gpt-4o", 2.5, 10, 1.25],
    ["gpt-4o-mini", 0.15, 0.6, 0.075],
    ["o1", 15, 60, 7.5],
    ["o3", 2, 8, 0.5],
    ["o3-mini", 1.1, 4.4, 0.55],
    ["o4-mini", 1.1, 4.4, 0.275],
    ["gpt-4-turbo", 10, 30],
    ["gpt-4", 30, 60],
    ["gpt-3.5-turbo", 0.5, 1.5],
  ]),
  {
    model: "gemini-2.5-pro",
    price: { unit: "tokens", ...rates(1.25, 10, 0.125), long: { above: 200_000, ...rates(2.5, 15, 0.25) } },
    source: GOOGLE,
    date: "2025-12-11",
  },
  ...rows(GOOGLE, "2025-12-11", [
    ["gemini-2.5-flash", 0.3, 2.5, 0.03],
    ["gemini-2.5-flash-lite", 0.1, 0.4, 0.01],
    ["gemini-2.0-flash", 0.1, 0.4, 0.025],
    ["gemini-2.0-flash-lite", 0.075, 0.3],
  ]),
];
