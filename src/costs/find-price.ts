import type { Price, PriceList } from "../plan/price.ts";
import { PRICE_BOOK, PRICE_BOOK_VERSION } from "./price-book.ts";

/** A price, and where it is from. */
export interface FoundPrice {
  /** The name that it stands under. */
  readonly model: string;
  readonly price: Price;
  readonly source: string;
  /** Of an entry of the price book. */
  readonly date: string | null;
  /** Version of the price book, or `own`. */
  readonly book: string;
}

/** Where prices are looked for. */
export interface PriceSources {
  /** `price:` of the agent: wins over everything. */
  readonly own?: Price | undefined;
  /** `prices:` of the project. */
  readonly list?: PriceList | undefined;
}

/** Of a dated or versioned name what may follow: another number would be another model. */
const VERSION = /^(?:[-@:](?:\d{4}-\d{2}-\d{2}|\d{3,8}|latest|preview(?:-\d{2}-\d{2,4})?|exp|v\d+(?::\d+)?))*$/;

/**
 * The price of a model: the agent's own, else the longest name of the project's list that is a part of the model's name, else the longest
 * one of the price book that is the model's name but for a provider before it and a date or version behind it.
 */
export function findPrice(model: string, { own, list = {} }: PriceSources = {}): FoundPrice | undefined {
  if (own !== undefined) return { model, price: own, source: "`price` of the agent", date: null, book: "own" };
  const wanted = model.toLowerCase();
  const named = longest(Object.keys(list).filter((name) => wanted.includes(name.toLowerCase())));
  if (named !== undefined)
    return { model: named, price: list[named] as Price, source: "`prices` of the project", date: null, book: "own" };
  const name = longest(PRICE_BOOK.map((entry) => entry.model).filter((entry) => isVersionOf(wanted, entry)));
  const entry = PRICE_BOOK.find((one) => one.model === name);
  return entry && { ...entry, book: PRICE_BOOK_VERSION };
}

/** `anthropic/claude-sonnet-5-5-20260901` is a version of `claude-sonnet-5-5`; `gpt-5.9` is none of `gpt-5`. */
function isVersionOf(model: string, name: string): boolean {
  const at = model.indexOf(name);
  if (at < 0 || (at > 0 && !/[/.:]/.test(model[at - 1] as string))) return false;
  return VERSION.test(model.slice(at + name.length));
}

function longest(names: readonly string[]): string | undefined {
  return names.toSorted((a, b) => b.length - a.length)[0];
}
