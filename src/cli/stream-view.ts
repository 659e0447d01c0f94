import { createStreamReader, type StreamEvent } from "../streams/read-streams.ts";
import type { RunReport } from "../plan/report.ts";
import { stepPathOf } from "../plan/step-path.ts";
import type { Output } from "./output.ts";
import type { Progress } from "./progress.ts";

/** Shows what agents say while they say it. */
export interface StreamView {
  /** Child runs that the report names are looked at, too. */
  show(report: RunReport): void;
  end(): void;
}

/** How to show it. */
export interface StreamViewOptions {
  readonly out: Output;
  readonly progress: Progress;
  readonly storeDir: string;
  readonly run: string;
  /** All of it, line by line; else its last lines, where stderr is a terminal. */
  readonly whole: boolean;
}

const LOOK_EVERY_MS = 100;
/** Enough for the lines that are shown. */
const TAIL_CHARACTERS = 2000;

/** Looks for text of a run until it is ended. On stderr, as all that is not data. */
export function createStreamView({ out, progress, storeDir, run, whole }: StreamViewOptions): StreamView {
  if (!whole && !out.terminal) return { show: () => undefined, end: () => undefined };
  const reader = createStreamReader(storeDir);
  const said = new Map<string, string>();
  let runs: readonly string[] = [run];

  const tellWhole = ({ call, type, text, ...head }: StreamEvent) => {
    if (out.json) return progress.print(JSON.stringify({ type, ...head, text }));
    const name = `${head.run === run ? "" : `${head.run} `}${head.step}`;
    if (type === "again") {
      said.delete(call);
      return progress.print(`${name} │ (the call is made again)`);
    }
    const lines = ((said.get(call) ?? "") + text).split("\n");
    const rest = type === "end" ? "" : (lines.pop() as string);
    said.set(call, rest);
    for (const line of lines) if (line !== "" || type === "text") progress.print(`${name} │ ${line}`);
  };
  const tellTail = ({ call, type, text, step }: StreamEvent) => {
    const whole = type === "text" ? ((said.get(call) ?? "") + text).slice(-TAIL_CHARACTERS) : "";
    said.set(call, whole);
    progress.tail(stepPathOf(step), whole);
  };
  const tell = (event: StreamEvent) => (whole ? tellWhole : tellTail)({ ...event, text: plain(event.text) });
  const look = () => reader.read(runs).forEach(tell);
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    show({ steps }) {
      const children = steps.flatMap(({ childRun }) => (childRun === undefined ? [] : [childRun]));
      runs = [...new Set([...runs, ...children])];
    },
    end() {
      clearInterval(timer);
      if (whole) look();
    },
  };
}

/** Off a terminal as well, and without colours: it stands beside what others say. */
function plain(text: string): string {
  return text.replaceAll("\t", "  ").replaceAll(/[^\P{Cc}\n]/gu, " ");
}
