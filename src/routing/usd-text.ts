/** A small amount for people: two digits that say something. */
export function usdText(usd: number): string {
  return `$${Number(usd.toPrecision(2))}`;
}
