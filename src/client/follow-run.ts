import { setTimeout as sleep } from "node:timers/promises";
import type { RunReport } from "../plan/report.ts";
import { beginsAgain } from "./begins-again.ts";
import type { Connected } from "./connect-client.ts";
import { readReport } from "./read-report.ts";
import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.ts";

/** How to follow. */
export interface FollowOptions {
  /** Told of every report that differs from the last. */
  readonly onReport?: (report: RunReport) => void;
  /** Told why a run does not answer that is stuck, again and again: somebody may mend that. */
  readonly onSilence?: (why: Diagnostic) => void;
  /** Told once of a server that has not answered for a while, by its fault, and once when it answers again, by undefined. */
  readonly onOutage?: (fault: unknown) => void;
  /** Stops following (not the run); the last report is returned, where there is one. */
  readonly signal?: AbortSignal;
  /** Also return when this holds. By default only the end of the run does. */
  readonly until?: (report: RunReport) => boolean;
}

const FASTEST_MS = 60;
const SLOWEST_MS = 1000;
const SLOWING = 1.5;
/** A rerun ends an execution and begins the next one in less; one that died in between never does. */
const RERUN_MS = 20_000;
/** A local server that has died is back in less. */
const OUTAGE_MS = 10_000;

/**
 * Reads the report again and again, quickly while it changes, until the run has ended. Survives restarts of server and
 * worker, and reruns. Throws `DiagnosticError` `run/not-found`, and where it is stopped before the first report why there is none.
 */
export async function followRun(connected: Connected, run: string, options: FollowOptions = {}): Promise<RunReport> {
  const { onReport, signal, until } = options;
  let last = "";
  let pauseMs = FASTEST_MS;
  let known: RunReport | undefined;
  let failure: unknown;
  let endedAt: number | undefined;
  const outage = watchOutage(options.onOutage);
  for (;;) {
    const askedAt = performance.now();
    const report = await readReport(connected, run).catch((error: unknown) => {
      failure = error;
      passOver(error, options.onSilence);
      if (error instanceof DiagnosticError) outage.answers();
      else outage.fails(error, askedAt);
    });
    if (report !== undefined) outage.answers();
    const isPassing = report !== undefined && (await isRerun(connected, report, (endedAt ??= performance.now())));
    if (isPassing) known ??= report;
    else endedAt = undefined;
    if (report !== undefined && !isPassing) {
      known = report;
      const text = JSON.stringify(report);
      pauseMs = text === last ? Math.min(pauseMs * SLOWING, SLOWEST_MS) : FASTEST_MS;
      if (text !== last) onReport?.(report);
      last = text;
      if (report.closedAt !== null || until?.(report)) return report;
    }
    if (signal?.aborted) {
      if (known !== undefined) return known;
      throw failure;
    }
    // Looking takes half of the time at most: the server puts reads before the run's own work, and a busy worker answers late.
    const lookMs = Math.min(performance.now() - askedAt, SLOWEST_MS);
    await sleep(Math.max(pauseMs, lookMs), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** The end of an execution that a rerun has ended is no end of the run. */
async function isRerun(connected: Connected, { run, error }: RunReport, endedAt: number): Promise<boolean> {
  if (error?.code !== "run/terminated" || performance.now() - endedAt > RERUN_MS) return false;
  return beginsAgain(connected, run).catch(() => false);
}

/** A server or worker that is away comes back; a run that does not exist never does. */
function passOver(error: unknown, onSilence: FollowOptions["onSilence"]): void {
  if (!(error instanceof DiagnosticError)) return;
  const [why] = error.diagnostics;
  if (why?.code === "run/stuck") onSilence?.(why);
  else if (why?.code !== "run/no-answer") throw error;
}

/** Tells of a server that fails for a while, and of its return. */
function watchOutage(tell: FollowOptions["onOutage"]) {
  let since: number | undefined;
  let told = false;
  return {
    fails(fault: unknown, askedAt: number) {
      since ??= askedAt;
      if (told || performance.now() - since < OUTAGE_MS) return;
      told = true;
      tell?.(fault);
    },
    answers() {
      since = undefined;
      if (told) tell?.(undefined);
      told = false;
    },
  };
}
