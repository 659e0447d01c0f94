import { killElsewhere } from "../processes/orphans.ts";

interface UnderWay {
  readonly stop: () => void;
  readonly ended: Promise<unknown>;
}

/** Attempts under way in this process, by idempotency key. */
const attempts = new Map<string, UnderWay>();

/** Ends with an attempt. */
export interface Claim {
  /** To be called when the attempt has ended. */
  release(): void;
}

/** Whose attempt begins. */
export interface Claimed {
  readonly key: string;
  /** The server's number. */
  readonly attempt: number;
  readonly stateDir: string;
  /** Called when a later attempt of the same call takes over. */
  readonly stop: () => void;
}

/**
 * Makes an attempt the only one of its call on this machine. An earlier one may go on though the server has given it up:
 * its worker was stopped, hung, or could not reach the server; it is ended before the new one acts.
 */
export async function takeOver({ key, attempt, stateDir, stop }: Claimed): Promise<Claim> {
  const earlier = attempts.get(key);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const own = { stop, ended };
  attempts.set(key, own);
  if (attempt > 1) killElsewhere(stateDir, key);
  if (earlier !== undefined) {
    earlier.stop();
    await earlier.ended;
  }
  return {
    release() {
      if (attempts.get(key) === own) attempts.delete(key);
      resolve();
    },
  };
}
