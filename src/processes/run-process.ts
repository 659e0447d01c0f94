import { isUtf8 } from "node:buffer";
import { StepFailure } from "../plan/step-failure.ts";
import { findProgram } from "./find-program.ts";
import { runToEnd } from "./run-to-end.ts";
import { type ChildRequest, type NotedChild, spawnNoted } from "./spawn-noted.ts";

/** What to run. */
export interface ProcessRequest extends ChildRequest {
  readonly stdin: string;
  /** Ends the whole process tree. */
  readonly signal: AbortSignal;
}

/** How it ended. Invalid UTF-8 is replaced in stderr, and in the output of a program that failed. */
export interface ProcessResult {
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stdout: string;
  /** The last 64 KB. */
  readonly stderr: string;
}

/** More output than this fails the step. */
const MAX_STDOUT_BYTES = 10 * 1024 * 1024;
const MAX_STDERR_BYTES = 64 * 1024;
/** How a shell ends that does not find a program; programs may end so too. */
const NOT_FOUND = 127;
/** How long a process that left the group may hold the output of a program that has ended. */
const DRAIN_MS = 1000;

/**
 * Runs a program in its own process group and ends the whole group when the program ends, when the signal is up, or
 * when it floods. Throws `StepFailure` `script/no-interpreter`, `script/workdir`, `script/output-too-large`,
 * `script/not-utf8`.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const { stdin, signal } = request;
  signal.throwIfAborted();
  const out: Buffer[] = [];
  let outBytes = 0;
  const onOutput = (chunk: Buffer, kill: () => void) => {
    const before = outBytes;
    outBytes += chunk.byteLength;
    if (outBytes <= MAX_STDOUT_BYTES) out.push(chunk);
    else if (before <= MAX_STDOUT_BYTES) kill();
  };
  const watch = { stdin, signal, onOutput, maxStderrBytes: MAX_STDERR_BYTES, drainMs: DRAIN_MS };
  const { exitCode, killedBy, stderr } = await runToEnd(start(request), watch).catch((error: unknown) => {
    throw startFailure(error as NodeJS.ErrnoException, request);
  });
  signal.throwIfAborted();
  if (outBytes > MAX_STDOUT_BYTES)
    throw new StepFailure("script/output-too-large", `printed more than ${MAX_STDOUT_BYTES} bytes and was ended`, {
      outcomeUnknown: true,
    });
  if (exitCode === NOT_FOUND && findProgram(request) === undefined) throw noProgram(request);
  const bytes = Buffer.concat(out);
  if (exitCode === 0 && !isUtf8(bytes)) throw notUtf8(bytes);
  return { exitCode, killedBy, stdout: bytes.toString("utf8"), stderr };
}

/** Too large an environment makes `spawn` itself throw. */
function start(request: ProcessRequest): NotedChild {
  try {
    return spawnNoted(request);
  } catch (error) {
    throw startFailure(error as NodeJS.ErrnoException, request);
  }
}

/** To replace bytes would be to make up an output. */
function notUtf8(bytes: Buffer): StepFailure {
  const text = bytes.toString("utf8");
  const line = text.slice(0, text.indexOf("\uFFFD")).split("\n").length;
  return new StepFailure("script/not-utf8", `line ${line} of the output is not UTF-8`);
}

function startFailure(error: NodeJS.ErrnoException, request: ProcessRequest): StepFailure {
  if (error.code === "ENOENT") return noProgram(request);
  return new StepFailure("script/cannot-start", `cannot start ${request.command}: ${error.message}`);
}

function noProgram({ command, cwd }: ProcessRequest): StepFailure {
  return new StepFailure(
    "script/no-interpreter",
    `cannot start ${command} in ${cwd}: the program or the folder is missing`,
  );
}
