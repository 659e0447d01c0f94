import type { SupervisedWorker } from "../worker/supervisor.ts";
import type { Output } from "./output.ts";

/** Most steps end sooner. */
const SILENCE_MS = 1000;

/**
 * Ends a worker when the steps under way in it have ended, and says which it waits for: they may be those of runs that others
 * follow. Ctrl-C, once that is said, SIGTERM and `hurry` break them off.
 */
export async function letWorkerEnd(
  worker: Pick<SupervisedWorker, "drain" | "stop" | "underWay">,
  { out, hurry }: { readonly out: Pick<Output, "note">; readonly hurry: AbortSignal },
): Promise<void> {
  let isTold = false;
  const tell = () => {
    const steps = worker.underWay.map(({ workflowId, activityId }) => `${activityId} of ${workflowId}`);
    if (isTold || steps.length === 0) return;
    isTold = true;
    out.note(`Waiting for what is under way here: ${steps.join(", ")}. Ctrl-C breaks it off.`);
  };
  const breakOff = () => void worker.stop();
  const press = () => (isTold ? breakOff() : tell());
  const hangUp = () => undefined;
  const silence = setTimeout(tell, SILENCE_MS);
  process.on("SIGINT", press);
  process.on("SIGTERM", breakOff);
  // The terminal that is closed takes nobody's step along.
  process.on("SIGHUP", hangUp);
  hurry.addEventListener("abort", breakOff);
  if (hurry.aborted) breakOff();
  try {
    await worker.drain();
  } finally {
    clearTimeout(silence);
    hurry.removeEventListener("abort", breakOff);
    process.off("SIGINT", press);
    process.off("SIGTERM", breakOff);
    process.off("SIGHUP", hangUp);
  }
}
