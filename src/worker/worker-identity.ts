import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isAlive } from "../system/is-alive.ts";

const place = `${hostname()}${namePidSpace()}`;

/** The name at the server of a worker that is this process: `PID@HOST/SPACE`. */
export const workerIdentity = `${process.pid}@${place}`;

/** True for the name of a worker whose process is gone from here; false for all whose pids mean nothing here. */
export function isDeadHere(identity: string | null | undefined): boolean {
  const [, pid, where] = /^(\d+)@(.+)$/.exec(identity ?? "") ?? [];
  return pid !== undefined && where === place && !isAlive(Number(pid));
}

/** True for the name of a worker on another machine, in another container, or of another kind than ours. */
export function isElsewhere(identity: string | null | undefined): boolean {
  return !identity?.endsWith(`@${place}`);
}

/**
 * Tells apart where the same pid is another process though the host's name is the same: other containers, other
 * machines made from one image, the same machine before it was started anew. Empty where the system cannot say.
 */
function namePidSpace(): string {
  try {
    const text = readFileSync("/proc/sys/kernel/random/boot_id", "utf8") + readlinkSync("/proc/self/ns/pid");
    return `/${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
  } catch {
    return "";
  }
}
