/** An amount for people: cents, and as many digits more as a small one needs. */
export function formatUsd(usd: number): string {
  if (usd === 0 || usd >= 1) return `$${usd.toFixed(2)}`;
  return `$${usd.toFixed(6).replace(/(\.\d\d\d*?)0+$/, "$1")}`;
}
