import { quickly } from "../ledger/quickly.ts";
import type { ActivityContext } from "./activity-context.ts";

/**
 * Notes something beside a call, such as that its place is free: where that cannot be, the call is what it is all the same, and so it
 * is only told. What has to hold for the call to count is not noted so.
 */
export function bookkeep({ warn }: Pick<ActivityContext, "warn">, note: () => void): void {
  try {
    note();
  } catch (error) {
    warn(`something could not be noted beside a call: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Notes in the ledger every so often that a call goes on, until the function that it returns is called. One that fails is made up for by the next. */
export function keepNoting(
  everyMs: number,
  note: () => void,
  { ledger, warn }: Pick<ActivityContext, "ledger" | "warn">,
): () => void {
  // An error in a timer would end the worker, and every step in it.
  const timer = setInterval(() => bookkeep({ warn }, () => quickly(ledger(), note)), everyMs);
  return () => clearInterval(timer);
}
