import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { runStreamsDir, type StreamHead } from "./open-stream.ts";

/** Something new in a stream. */
export interface StreamEvent extends StreamHead {
  /** The same as long as it is the same call. */
  readonly call: string;
  /** `again`: what was told of this call does not count, it is made once more. */
  readonly type: "text" | "again" | "end";
  readonly text: string;
}

/** Reads what is new since the last time. */
export interface StreamReader {
  /** Of these runs; who looks for the first time is told all so far. */
  read(runs: readonly string[]): readonly StreamEvent[];
}

interface Known {
  readonly file: string;
  readonly offset: number;
  readonly head: StreamHead | undefined;
}

const CHUNK_BYTES = 64 * 1024;

/** A reader of the streams of a store. */
export function createStreamReader(storeDir: string): StreamReader {
  const known = new Map<string, Known>();
  const readFile = (path: string, file: string): readonly StreamEvent[] => {
    const call = file.split("-", 1)[0] as string;
    const before = known.get(call);
    const isSame = before?.file === file;
    const { lines, offset } = readLines(path, isSame ? before.offset : 0);
    if (lines.length === 0) return [];
    const events: StreamEvent[] = [];
    let head = isSame ? before.head : undefined;
    for (const line of lines) {
      const value: unknown = JSON.parse(line);
      if (head === undefined) {
        head = value as StreamHead;
        if (before !== undefined) events.push({ ...head, call, type: "again", text: "" });
      } else {
        const isEnd = value === null;
        events.push({ ...head, call, type: isEnd ? "end" : "text", text: isEnd ? "" : (value as string) });
      }
    }
    known.set(call, { file, offset, head });
    return events;
  };
  return {
    read: (runs) =>
      runs.flatMap((run) => {
        const folder = runStreamsDir(storeDir, run);
        return list(folder).flatMap((file) => readFile(join(folder, file), file));
      }),
  };
}

/** Whole lines from an offset on; a line that is being written is read the next time. */
function readLines(path: string, from: number): { readonly lines: readonly string[]; readonly offset: number } {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return { lines: [], offset: from };
  }
  try {
    const pieces: Buffer[] = [];
    for (let at = from; ;) {
      const buffer = Buffer.alloc(CHUNK_BYTES);
      const count = readSync(file, buffer, 0, CHUNK_BYTES, at);
      if (count === 0) break;
      pieces.push(buffer.subarray(0, count));
      at += count;
    }
    const bytes = Buffer.concat(pieces);
    const end = bytes.lastIndexOf("\n") + 1;
    const text = bytes.subarray(0, end).toString("utf8");
    return { lines: text === "" ? [] : text.trimEnd().split("\n"), offset: from + end };
  } finally {
    closeSync(file);
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
