import type { Cap } from "../plan/budget.ts";
import { alertLevel, type AlertLevel } from "./alert-level.ts";
import { formatUsd } from "../plan/format-usd.ts";

/** What is allowed and what is spent; null where a cap does not limit it. */
export interface Used {
  readonly usd: number | null;
  readonly tokens: number | null;
  readonly spent: { readonly usd: number; readonly tokens: number };
}

/** Somebody is to be told that a share of a budget or limit is spent. */
export interface Alert {
  /** The same for the same share of the same budget in the same period. */
  readonly id: string;
  readonly level: AlertLevel;
  readonly budget: string;
  /** 0.8 is 80 %. */
  readonly threshold: number;
  readonly usd: number | null;
  readonly tokens: number | null;
  readonly spentUsd: number;
  readonly spentTokens: number;
  readonly message: string;
}

/** Sums of floating-point numbers miss a share by less than this. */
const EPSILON = 1e-9;

/** The alerts whose share of a cap is spent; each of them may have been sent before. */
export function dueAlerts(cap: Cap, { usd, tokens, spent }: Used): readonly Alert[] {
  const share = Math.max(usd === null ? 0 : spent.usd / usd, tokens === null ? 0 : spent.tokens / tokens);
  return cap.alertAt
    .filter((threshold) => share >= threshold - EPSILON)
    .map((threshold) => {
      const level = alertLevel(threshold);
      const allowed = [usd === null ? [] : formatUsd(usd), tokens === null ? [] : `${tokens} tokens`].flat().join(", ");
      const used = usd === null ? `${spent.tokens} tokens` : formatUsd(spent.usd);
      return {
        id: `${cap.key}/${cap.usd ?? ""}/${cap.tokens ?? ""}/${threshold}`,
        level,
        budget: cap.name,
        threshold,
        usd,
        tokens,
        spentUsd: spent.usd,
        spentTokens: spent.tokens,
        message: `${level}: ${Math.round(threshold * 100)} % of ${cap.name} (${allowed}) is reached: ${used} spent`,
      };
    });
}
