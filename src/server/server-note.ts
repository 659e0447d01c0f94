import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../system/is-alive.ts";
import { probeTcp } from "./probe-tcp.ts";

/** `.aiworkflow/server.json`: the embedded server of a project. */
export interface ServerNote {
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  /** Path of the Temporal CLI, for people and scripts that want it. */
  readonly cli: string;
  /** Of the Temporal server. */
  readonly pid: number;
  /** When the server's process began, as the system counts; tells it from another that has its pid later. Linux only. */
  readonly pidStart?: string;
  /** Of the process that ends it when nobody uses it. */
  readonly keeperPid: number;
  /** As `pidStart`. */
  readonly keeperStart?: string;
  readonly startedAt: string;
}

/** Long: where nobody listens the answer comes at once, and a server that is taken for dead would have a second one beside it. */
const PROBE_TIMEOUT_MS = 3000;

/** The note, whatever it is worth; undefined for none and for one that makes no sense. */
export function readServerNote(stateDir: string): ServerNote | undefined {
  try {
    const note = JSON.parse(readFileSync(noteFile(stateDir), "utf8")) as Partial<ServerNote>;
    const whole =
      typeof note.address === "string" && typeof note.pid === "number" && typeof note.keeperPid === "number";
    return whole ? (note as ServerNote) : undefined;
  } catch {
    return undefined;
  }
}

/** The embedded server of the project, if it lives, is kept, and answers. */
export async function findLivingServer(stateDir: string): Promise<ServerNote | undefined> {
  const note = readServerNote(stateDir);
  if (note === undefined || !isAlive(note.pid) || !isAlive(note.keeperPid)) return undefined;
  return (await probeTcp(note.address, PROBE_TIMEOUT_MS)) ? note : undefined;
}

/** Writes the note whole. */
export function writeServerNote(stateDir: string, note: ServerNote): void {
  const temporary = `${noteFile(stateDir)}.${randomUUID()}`;
  writeFileSync(temporary, `${JSON.stringify(note, undefined, 2)}\n`);
  renameSync(temporary, noteFile(stateDir));
}

/** Forgets the server. */
export function removeServerNote(stateDir: string): void {
  rmSync(noteFile(stateDir), { force: true });
}

function noteFile(stateDir: string): string {
  return join(stateDir, "server.json");
}
