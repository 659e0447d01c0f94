// The text of answers while they are under way: one file a model call below the store's folder, so that whoever follows a
// run from any machine that shares the store sees it come. Nothing of it goes through Temporal, and nothing depends on it: it
// may be lost. Imports `node:` alone. The worker writes (`open-stream.ts`), commands read (`read-streams.ts`). Start here.
import { createHash, randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { sweepStreams } from "./sweep-streams.ts";

/** Which call a stream is of; the first line of its file. */
export interface StreamHead {
  /** The run in whose name the call is made. */
  readonly run: string;
  /** Step path with loop indexes. */
  readonly step: string;
  readonly agent: string;
  /** From 1. */
  readonly turn: number;
  /** From 1; counts failures, as steps do. */
  readonly attempt: number;
}

/** What an answer says while it comes. */
export interface TextStream {
  said(delta: string): void;
  /** Tells the rest; the file goes a little later, so that everybody has read it. */
  end(): void;
}

/** How a stream is written. */
export interface StreamOptions {
  readonly storeDir: string;
  /** The same over attempts: the text of the attempt before is taken away. */
  readonly callId: string;
  redact(text: string): string;
  /** How many characters at the end of a text may be the beginning of a secret. */
  unfinished(text: string): number;
}

/** Deltas are written together. */
const FLUSH_MS = 50;
const KEPT_MS = 3000;
const swept = new Set<string>();
/** Ended, and there a little longer. */
const ended = new Map<string, string>();
process.once("exit", () => ended.forEach((folder, path) => remove(path, folder)));

/** Folder of the streams of a store. */
export function streamsDir(storeDir: string): string {
  return join(storeDir, "streams");
}

/** Folder of one run's streams. */
export function runStreamsDir(storeDir: string, run: string): string {
  return join(streamsDir(storeDir), hash(run));
}

/** A stream that makes its file with the first text. Never throws: a disk that is full costs the show, not the call. */
export function openStream(head: StreamHead, { storeDir, callId, redact, unfinished }: StreamOptions): TextStream {
  const folder = runStreamsDir(storeDir, head.run);
  const call = hash(callId);
  const path = join(folder, `${call}-${randomUUID().slice(0, 8)}.jsonl`);
  let file: number | undefined;
  let held = "";
  let timer: NodeJS.Timeout | undefined;
  let broken = false;

  const write = (value: object | string | null) => {
    if (broken) return;
    try {
      if (file === undefined) {
        begin(storeDir, folder, call);
        file = openSync(path, "wx", 0o600);
        writeSync(file, `${JSON.stringify(head)}\n`);
      }
      writeSync(file, `${JSON.stringify(value)}\n`);
    } catch {
      broken = true;
    }
  };
  const flush = (all: boolean) => {
    timer = undefined;
    const cut = all ? held.length : held.length - unfinished(held);
    if (cut > 0) write(redact(held.slice(0, cut)));
    held = held.slice(cut);
  };
  return {
    said(delta) {
      held += delta;
      timer ??= setTimeout(() => flush(false), FLUSH_MS);
    },
    end() {
      clearTimeout(timer);
      flush(true);
      if (file === undefined) return;
      write(null);
      try {
        closeSync(file);
      } catch {
        // What an answer has cost must not be lost for its show.
      }
      ended.set(path, folder);
      setTimeout(() => remove(path, folder), KEPT_MS).unref();
    },
  };
}

/** What an earlier attempt of the call has left goes; once a process, also what dead ones have left. */
function begin(storeDir: string, folder: string, call: string): void {
  if (!swept.has(storeDir)) sweepStreams(streamsDir(storeDir));
  swept.add(storeDir);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name.startsWith(`${call}-`)) rmSync(join(folder, name), { force: true });
}

function remove(path: string, folder: string): void {
  ended.delete(path);
  try {
    rmSync(path, { force: true });
    rmdirSync(folder);
  } catch {
    // Other calls of the run go on.
  }
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}
