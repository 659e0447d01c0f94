import { killGroup } from "./orphans.ts";
import { type ChildRequest, spawnNoted } from "./spawn-noted.ts";

/** A program that tells what it does line by line. */
export interface LinesRequest extends ChildRequest {
  readonly stdin: string;
  /** Ends the whole process group. */
  readonly signal: AbortSignal;
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
/** Between the polite signal and the other one. */
const KILL_GRACE_MS = 1000;
/** How long a process that left the group may hold the output of a program that has ended. */
const DRAIN_MS = 500;
const NEWLINE = 10;

/**
 * Runs a program in its own process group, gives each line of its output as it comes, and ends the whole group when the
 * program ends, when the signal is up, when it floods, or when `onLine` throws. Rejects with the signal's reason, with what
 * `onLine` threw, or with what kept the program from starting.
 */
export function readLines(request: LinesRequest): Promise<LinesResult> {
  const { signal, onLine } = request;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { child, forget } = spawnNoted(request);
    const killTree = (how: NodeJS.Signals) => {
      if (child.pid !== undefined) killGroup(child.pid, how);
    };
    let rest: Buffer[] = [];
    let restBytes = 0;
    let bytes = 0;
    let lines = 0;
    let stderr = Buffer.alloc(0);
    let flooded = false;
    let thrown: { readonly error: unknown } | undefined;
    let grace: NodeJS.Timeout | undefined;

    const give = (line: Buffer) => {
      const text = line.toString("utf8").trim();
      lines += 1;
      if (text === "" || thrown !== undefined || lines > MAX_LINES) return;
      try {
        onLine(text);
      } catch (error) {
        thrown = { error };
        killTree("SIGKILL");
      }
    };
    child.stdout.on("data", (chunk: Buffer) => {
      if (flooded) return;
      bytes += chunk.byteLength;
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
        give(Buffer.concat([...rest, chunk.subarray(from, end)]));
        rest = [];
        restBytes = 0;
        from = end + 1;
      }
      rest.push(chunk.subarray(from));
      restBytes += chunk.byteLength - from;
      if (restBytes <= MAX_LINE_BYTES && bytes <= MAX_BYTES && lines <= MAX_LINES) return;
      flooded = true;
      rest = [];
      killTree("SIGKILL");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]).subarray(-MAX_STDERR_BYTES);
    });
    // A program may end without reading its input.
    child.stdin.on("error", () => undefined);
    child.stdin.end(request.stdin);

    const stop = () => {
      killTree("SIGTERM");
      grace ??= setTimeout(() => killTree("SIGKILL"), KILL_GRACE_MS);
    };
    const settle = () => {
      signal.removeEventListener("abort", stop);
      clearTimeout(grace);
      forget();
      child.stdout.destroy();
      child.stderr.destroy();
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("exit", (exitCode, killedBy) => {
      // What the program left in the background ends with it, and so lets go of its output.
      killTree("SIGKILL");
      const finish = () => {
        clearTimeout(drain);
        settle();
        if (!flooded) give(Buffer.concat(rest));
        if (signal.aborted) return reject(signal.reason as Error);
        if (thrown !== undefined) return reject(thrown.error);
        resolve({ exitCode, killedBy, flooded, stderr: stderr.toString("utf8").trim() });
      };
      const drain = setTimeout(finish, DRAIN_MS);
      child.once("close", finish);
    });
    signal.addEventListener("abort", stop, { once: true });
  });
}
