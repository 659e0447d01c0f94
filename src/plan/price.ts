/** What a price counts. */
export type PriceUnit = "tokens" | "requests" | "minutes" | "credits";

/** US dollars per million tokens. Where a cache has no price of its own, its tokens cost what input costs. */
export interface TokenRates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

/** What calls of a model cost. */
export type Price =
  | (TokenRates & {
      readonly unit: "tokens";
      /** A prompt of more tokens than `above` is charged by these rates as a whole, its answer too. */
      readonly long?: TokenRates & { readonly above: number };
    })
  | {
      readonly unit: "requests" | "minutes" | "credits";
      /** US dollars a request, a minute, a credit. */
      readonly usd: number;
      /** `credits`: how many one call takes, where the provider does not tell. @default 1 */
      readonly perCall?: number;
    };

/** Prices by the name of a model, or a part of it. */
export type PriceList = { readonly [model: string]: Price };
