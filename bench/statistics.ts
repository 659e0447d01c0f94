/** The middle value; the mean of the two middle ones of an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Runs two measurements in the order A B B A A B…, so that a drift of the machine hits both alike. */
export async function pairs<T>(
  count: number,
  a: () => Promise<T>,
  b: () => Promise<T>,
): Promise<readonly { readonly a: T; readonly b: T }[]> {
  const found: { a: T; b: T }[] = [];
  for (let index = 0; index < count; index += 1) {
    if (index % 2 === 0) {
      const first = await a();
      found.push({ a: first, b: await b() });
    } else {
      const first = await b();
      found.push({ a: await a(), b: first });
    }
  }
  return found;
}
