import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";

/**
 * Names where the pids of here mean something. Containers, machines and starts of a machine have others; a project's folder may be
 * seen by several of them. Where the system cannot say (only Linux can) all have the same.
 */
export const pidSpace = namePidSpace();

const NAME = /^([^-]+)-(\d+)(?:-(.*))?$/;

/** A name for what belongs to a process of here, `detail` at its end. */
export function nameByPid(pid: number, detail?: string): string {
  return `${pidSpace}-${pid}${detail === undefined ? "" : `-${detail}`}`;
}

/** Whose a name is that `nameByPid` has made; undefined where it means no process of here. */
export function readPidName(name: string): { readonly pid: number; readonly detail: string | undefined } | undefined {
  const [, space, pid, detail] = NAME.exec(name) ?? [];
  return space === pidSpace ? { pid: Number(pid), detail } : undefined;
}

function namePidSpace(): string {
  try {
    const text = readFileSync("/proc/sys/kernel/random/boot_id", "utf8") + readlinkSync("/proc/self/ns/pid");
    return createHash("sha256").update(text).digest("hex").slice(0, 8);
  } catch {
    return "here";
  }
}
