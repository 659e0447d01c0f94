import { runToEnd } from "./run-to-end.ts";
import { type ChildRequest, spawnNoted } from "./spawn-noted.ts";

/** A program that tells what it does line by line. */
export interface LinesRequest extends ChildRequest {
  readonly stdin: string;
  /** Ends the whole process group. */
  readonly signal: AbortSignal;
  /** Ends it as well, where it has told what it had to tell. */
  readonly enough: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** How it ended. */
export interface LinesResult {
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
  /** It printed a line of more than 10 MB, more than 200 MB, or more than 200,000 lines, and was ended. */
  readonly flooded: boolean;
  /** The last 16 KB. */
  readonly stderr: string;
}

const MAX_LINE_BYTES = 10 * 1024 * 1024;
const MAX_BYTES = 200 * 1024 * 1024;
const MAX_LINES = 200_000;
const MAX_STDERR_BYTES = 16 * 1024;
/** How long a process that left the group may hold the output of a program that has ended. */
const DRAIN_MS = 500;
const NEWLINE = 10;

/**
 * Runs a program in its own process group, gives each line of its output as it comes, and ends the whole group when the
 * program ends, when a signal is up, when it floods, or when `onLine` throws. Rejects with the signal's reason, with what
 * `onLine` threw, or with what kept the program from starting.
 */
export async function readLines(request: LinesRequest): Promise<LinesResult> {
  const { signal, enough, onLine } = request;
  signal.throwIfAborted();
  let rest: Buffer[] = [];
  let restBytes = 0;
  let bytes = 0;
  let lines = 0;
  let flooded = false;
  const thrown: { error?: unknown } = {};

  const give = (line: Buffer, kill: () => void) => {
    const text = line.toString("utf8").trim();
    lines += 1;
    if (text === "" || "error" in thrown || lines > MAX_LINES) return;
    try {
      onLine(text);
    } catch (error) {
      thrown.error = error;
      kill();
    }
  };
  const onOutput = (chunk: Buffer, kill: () => void) => {
    if (flooded) return;
    bytes += chunk.byteLength;
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      give(Buffer.concat([...rest, chunk.subarray(from, end)]), kill);
      rest = [];
      restBytes = 0;
      from = end + 1;
    }
    rest.push(chunk.subarray(from));
    restBytes += chunk.byteLength - from;
    if (restBytes <= MAX_LINE_BYTES && bytes <= MAX_BYTES && lines <= MAX_LINES) return;
    flooded = true;
    rest = [];
    kill();
  };
  const { stdin } = request;
  const ending = AbortSignal.any([signal, enough]);
  const watch = { stdin, signal: ending, onOutput, maxStderrBytes: MAX_STDERR_BYTES, drainMs: DRAIN_MS };
  const { exitCode, killedBy, stderr } = await runToEnd(spawnNoted(request), watch);
  if (!flooded) give(Buffer.concat(rest), () => undefined);
  signal.throwIfAborted();
  if ("error" in thrown) throw thrown.error;
  return { exitCode, killedBy, flooded, stderr: stderr.trim() };
}
