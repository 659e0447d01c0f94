import type { CallScope } from "../plan/budget.ts";
import { formatUsd } from "../plan/format-usd.ts";

/** How much a limit allows. */
export function limitText({ usd, tokens }: { readonly usd?: number | null; readonly tokens?: number | null }): string {
  return [usd == null ? [] : formatUsd(usd), tokens == null ? [] : `${tokens} tokens`].flat().join(", ");
}

/** Of which calls. */
export function scopeText(scope: CallScope): string {
  const named = (["workflow", "agent", "model"] as const).flatMap((key) => {
    const name = scope[key];
    return name === undefined ? [] : [`${key} ${name}`];
  });
  return named.length === 0 ? "all calls" : named.join(", ");
}
