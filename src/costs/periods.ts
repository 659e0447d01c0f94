import type { Period } from "../plan/budget.ts";

/** A span of time; `endMs` is its first moment after. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** The period, in UTC, that a moment lies in; a run's has neither beginning nor end. */
export function periodOf(period: Period, nowMs: number): Span {
  const floor = (length: number, origin = 0) => nowMs - ((((nowMs - origin) % length) + length) % length);
  switch (period) {
    case "run":
      return { startMs: 0, endMs: Infinity };
    case "day":
      return { startMs: floor(DAY_MS), endMs: floor(DAY_MS) + DAY_MS };
    case "week": {
      const startMs = floor(7 * DAY_MS, FIRST_MONDAY_MS);
      return { startMs, endMs: startMs + 7 * DAY_MS };
    }
    case "month": {
      const now = new Date(nowMs);
      const month = (plus: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + plus, 1);
      return { startMs: month(0), endMs: month(1) };
    }
  }
}
