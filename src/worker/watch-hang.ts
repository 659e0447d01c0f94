import type { ChildProcess } from "node:child_process";

const CHECK_EVERY_MS = 1000;
/** Less than the heartbeat timeout of steps: the server would give them up anyway. */
const HANG_MS = 8000;
/** Until the first word. */
const START_MS = 60_000;

/** Watches one process. */
export interface HangWatch {
  /** The process has told something. */
  alive(): void;
  end(): void;
}

/**
 * Kills a process that has told nothing for too long, be it stopped or in an endless loop: nobody would take over its steps
 * while it lives.
 */
export function watchHang(child: ChildProcess): HangWatch {
  let checkedMs = Date.now();
  let toldMs = checkedMs + START_MS - HANG_MS;
  const timer = setInterval(() => {
    const now = Date.now();
    // Where this process itself was held up, as by the machine's sleep, the other one was too.
    if (now - checkedMs > 3 * CHECK_EVERY_MS) toldMs = Math.max(toldMs, now);
    checkedMs = now;
    if (now - toldMs > HANG_MS) child.kill("SIGKILL");
  }, CHECK_EVERY_MS);
  timer.unref();
  return {
    alive() {
      toldMs = Date.now();
    },
    end: () => clearInterval(timer),
  };
}
