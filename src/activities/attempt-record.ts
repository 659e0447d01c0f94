import type { JsonValue } from "../plan/json.ts";

/**
 * What an attempt tells the server with every heartbeat, so that the next attempt knows what happened before it.
 * Temporal counts worker deaths as attempts; the file's `max-attempts` counts failures of the step only.
 */
export interface AttemptRecord {
  /** Failures of the step so far. */
  readonly failures: number;
  /** The server's attempt number that wrote this. */
  readonly attempt: number;
  /** `failed`: the attempt ended by a known failure, so nothing of it is left hanging; `postponed`: it had not begun. */
  readonly phase: "started" | "failed" | "postponed";
  /** Attempts that had not begun. */
  readonly postponed?: number;
  /** What the call has cost so far, US dollars. */
  readonly paidUsd?: number;
  /** The handler's own progress, such as a session id. */
  readonly progress?: JsonValue | undefined;
}

/** How many interruptions (deaths, shutdowns) one activity survives before it counts as poison. */
export const MAX_INTERRUPTIONS = 20;

/** What the server's attempt number and the last record mean together. */
export interface AttemptHistory {
  readonly failures: number;
  /** Attempts that ended without a known failure. */
  readonly interruptions: number;
  /** The attempt just before this one was interrupted: nobody knows what it did. */
  readonly lastInterrupted: boolean;
}

/** Reads the record of the attempts before this one. */
export function readAttempts(attempt: number, last: AttemptRecord | undefined): AttemptHistory {
  const failures = last?.failures ?? 0;
  const before = attempt - 1;
  return {
    failures,
    interruptions: Math.max(0, before - failures - (last?.postponed ?? 0)),
    lastInterrupted: before > 0 && !(last !== undefined && last.phase !== "started" && last.attempt === before),
  };
}
