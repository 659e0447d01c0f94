import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** One call of the ledger. */
export interface Entry {
  readonly seq: number;
  readonly atMs: number;
  /** The run, as started; child runs have their parent's. */
  readonly tag: string;
  readonly step: string;
  /** `tried`: an attempt that is about to fail by itself; `stopped`: the script was told to stop. */
  readonly what: "begin" | "effect" | "end" | "tried" | "stopped";
  readonly key: string;
  /** The attempt: a process and a random number. */
  readonly by: string;
  /** Pid of the worker that runs it. */
  readonly worker: number;
  /** Of an effect: the first with its key. */
  readonly applied: boolean;
}

/** The ledger, as its owner sees it. */
export interface Ledger {
  readonly url: string;
  readonly entries: readonly Entry[];
  of(tag: string): readonly Entry[];
  /** Calls back for every further entry; returns the function that ends it. */
  watch(listener: (entry: Entry) => void): () => void;
  close(): void;
}

/** Starts a ledger that writes to `file`. */
export async function openLedger(file: string): Promise<Ledger> {
  const child: ChildProcess = fork(fileURLToPath(new URL("ledger-main.ts", import.meta.url)), [file]);
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const entries: Entry[] = [];
  const byTag = new Map<string, Entry[]>();
  const listeners = new Set<(entry: Entry) => void>();
  child.on("message", (entry: Entry) => {
    entries.push(entry);
    const own = byTag.get(entry.tag) ?? [];
    byTag.set(entry.tag, own);
    own.push(entry);
    for (const listener of listeners) listener(entry);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    entries,
    of: (tag) => byTag.get(tag) ?? [],
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => child.disconnect(),
  };
}
