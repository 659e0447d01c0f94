/** The most that were under way at once, by a ledger with a line `+` for each beginning and another for each end. */
export function mostAtOnce(ledger: string): number {
  let now = 0;
  let most = 0;
  for (const line of ledger.trim().split("\n")) {
    now += line === "+" ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}
