import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type CallLimit, takeCallPlaces } from "../ledger/call-limits.ts";
import { freePlaces, KEEP_PLACE_EVERY_MS, keepPlaces } from "../ledger/places.ts";
import type { ToolCall } from "../plan/activity.ts";
import type { ActivityContext } from "./activity-context.ts";
import { bookkeep, keepNoting } from "./bookkeep.ts";
import { Postponed } from "./postponed.ts";

/** An attempt that waits longer gives its worker back; the server ends it 15 s after its time. */
const MOST_WAIT_MS = 8000;
const MOST_DELAY_MS = 5000;

/**
 * Does the work of a tool call once the tool's limits have a place for it, and holds the place so long. Waiting is no part of
 * the call's time, and ends with its signal.
 */
export async function holdPlaces<T>(call: ToolCall, context: ActivityContext, work: () => Promise<T>): Promise<T> {
  const limits = limitsOf(call);
  if (limits.length === 0) return work();
  const ledger = context.ledger();
  const holder = randomUUID();
  await context.offTheClock(() => waitForPlaces(limits, holder, context));
  const stopKeeping = keepNoting(KEEP_PLACE_EVERY_MS, () => keepPlaces(ledger, holder, Date.now()), context);
  try {
    return await work();
  } finally {
    stopKeeping();
    bookkeep(context, () => freePlaces(ledger, holder));
  }
}

async function waitForPlaces(limits: readonly CallLimit[], holder: string, context: ActivityContext): Promise<void> {
  const { signal } = context;
  const giveUpMs = Date.now() + MOST_WAIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const waitMs = takeCallPlaces(context.ledger(), limits, { holder, nowMs: Date.now() });
    if (waitMs === 0) return;
    if (Date.now() + waitMs > giveUpMs)
      throw new Postponed(`waits for a place of ${limits[0]?.name}`, Math.min(waitMs, MOST_DELAY_MS));
    // So that those who wait do not all ask at once.
    await sleep(waitMs * (1 + Math.random() / 2), undefined, { signal });
  }
}

function limitsOf({ toolName, tool, operation }: ToolCall): readonly CallLimit[] {
  const own = tool.operations[operation]?.limits;
  return [
    ...(tool.limits === undefined ? [] : [{ name: toolName, ...tool.limits }]),
    ...(own === undefined ? [] : [{ name: `${toolName}.${operation}`, ...own }]),
  ];
}
