import type { Connected } from "../client/connect-client.ts";
import { followRun } from "../client/follow-run.ts";
import type { RunReport } from "../plan/report.ts";

/** What is asked while a run goes on. */
export interface OpenQuestion<T> {
  /** Whether the question still makes sense. */
  readonly isOpen: (report: RunReport) => boolean;
  /** `signal` takes it from the screen. */
  readonly ask: (signal: AbortSignal) => Promise<T>;
  /** Takes it away, too. */
  readonly signal: AbortSignal;
}

/** Asks as long as the question makes sense: gives `gone` where it did no longer before there was an answer. Throws as `followRun` does. */
export async function askWhile<T>(connected: Connected, run: string, question: OpenQuestion<T>): Promise<T | "gone"> {
  const answered = new AbortController();
  const gone = new AbortController();
  let failure: unknown;
  const watching = followRun(connected, run, {
    signal: answered.signal,
    until: (report) => !question.isOpen(report),
  })
    .catch((error: unknown) => (failure = error))
    .finally(() => gone.abort());
  try {
    const answer = await question.ask(AbortSignal.any([question.signal, gone.signal]));
    if (failure !== undefined) throw failure;
    return gone.signal.aborted ? "gone" : answer;
  } finally {
    answered.abort();
    await watching;
  }
}
