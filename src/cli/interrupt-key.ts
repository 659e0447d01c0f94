import { cancelRun } from "../client/cancel-run.ts";
import type { Connected } from "../client/connect-client.ts";
import { terminateRun } from "../client/control-run.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { askWhile } from "./ask-while.ts";
import type { Output } from "./output.ts";
import { openPrompts } from "./prompts.ts";
import { shellWord } from "../plan/shell-word.ts";

/** The interrupt key, while a run is followed: once cancels the run, twice asks what now, or leaves it to itself where nobody can be asked. */
export interface InterruptKey {
  readonly isPressed: boolean;
  /** It was pressed again, and `askWhatNow` has not asked yet. */
  readonly isPressedAgain: boolean;
  /** Aborted where the run is left to itself, as it is when the terminal is closed. */
  readonly leave: AbortSignal;
  /** Aborted by what cannot wait: to be asked, or to leave. */
  readonly hurry: AbortSignal;
  askWhatNow(): Promise<void>;
  /** The key does what it did before. */
  release(): void;
}

/** End the command, not the run. */
const ENDS = ["SIGHUP", "SIGTERM"] as const;

/** Watches it; with `onlyLook` it leaves the run alone from the first time on. */
export function watchInterruptKey({
  connected,
  run,
  out,
  tell,
  onlyLook,
  onTerminate,
}: {
  readonly connected: Connected;
  readonly run: string;
  readonly out: Output;
  /** Prints a line beside what is drawn. */
  readonly tell: (line: string) => void;
  readonly onlyLook: boolean;
  /** Called when the command has to end soon. */
  readonly onTerminate: () => void;
}): InterruptKey {
  const leave = new AbortController();
  let again = new AbortController();
  let presses = 0;
  const press = () => {
    presses += 1;
    if (onlyLook || (presses > 1 && !out.interactive)) return leave.abort();
    if (presses > 1) return again.abort();
    tell(`Cancelling ${run}; press Ctrl-C again ${out.interactive ? "to choose" : "to leave it to itself"}.`);
    void attempt("cancelled", () => cancelRun(connected, run));
  };
  const attempt = async (what: string, act: () => Promise<unknown>) => {
    try {
      await act();
    } catch (error) {
      // A run that has ended meanwhile is what was wanted.
      if (error instanceof DiagnosticError) return;
      presses = 0;
      tell(`${run} could not be ${what}: ${String(error)}; press Ctrl-C to try again.`);
    }
  };
  const end = () => leave.abort();
  process.on("SIGINT", press);
  // Not released: a terminal that is closed may say so twice, and the command still ends in order.
  for (const signal of ENDS) process.on(signal, end);
  process.once("SIGTERM", onTerminate);
  return {
    get isPressed() {
      return presses > 0;
    },
    get isPressedAgain() {
      return again.signal.aborted;
    },
    leave: leave.signal,
    get hurry() {
      return AbortSignal.any([leave.signal, again.signal]);
    },
    async askWhatNow() {
      again = new AbortController();
      const choice = await askWhile(connected, run, {
        isOpen: ({ closedAt }) => closedAt === null,
        signal: leave.signal,
        ask: async (signal) =>
          (await openPrompts(signal)).select(`${run} has not ended yet. What now?`, [
            { value: "wait", label: "Wait for its end" },
            {
              value: "leave",
              label: "Leave it to itself",
              hint: `aiworkflow watch ${shellWord(run)} looks at it again`,
            },
            { value: "terminate", label: "Terminate it", hint: "what is not undone yet stays as it is" },
          ]),
      });
      if (choice === "leave" || choice === undefined) leave.abort();
      if (choice === "terminate")
        await attempt("terminated", () => terminateRun(connected, run, "terminated with Ctrl-C"));
    },
    release: () => void process.off("SIGINT", press),
  };
}
