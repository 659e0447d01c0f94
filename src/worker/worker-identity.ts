import { hostname } from "node:os";
import { isAlive } from "../system/is-alive.ts";
import { pidSpace } from "../system/pid-space.ts";

const place = `${hostname()}/${pidSpace}`;

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
