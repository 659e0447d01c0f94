import { cancelRun } from "../../src/client/cancel-run.ts";
import type { Connected } from "../../src/client/connect-client.ts";
import { followRun } from "../../src/client/follow-run.ts";
import { startRun } from "../../src/client/start-run.ts";
import type { Entry, Ledger } from "./ledger.ts";
import type { CrashProject } from "./open-project.ts";

/** How long it takes from a cancel until the running script is told to stop. */
export async function measureCancels(
  {
    connected,
    project,
    ledger,
  }: { readonly connected: Connected; readonly project: CrashProject; readonly ledger: Ledger },
  count: number,
): Promise<readonly number[]> {
  const took: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const run = `cancel-${index}`;
    const heard = (what: Entry["what"]) =>
      new Promise<Entry>((resolve) => {
        const unwatch = ledger.watch((entry) => {
          if (entry.tag !== run || entry.what !== what) return;
          unwatch();
          resolve(entry);
        });
      });
    const begun = heard("begin");
    const stopped = heard("stopped");
    const { dir: projectDir, stateDir } = project;
    await startRun(connected, { run, ...project.load("long"), inputs: { tag: run }, projectDir, stateDir });
    await begun;
    const atMs = Date.now();
    await cancelRun(connected, run);
    took.push((await stopped).atMs - atMs);
    await followRun(connected, run);
  }
  return took;
}
