import { type Connected, connectClient } from "../src/client/connect-client.ts";
import { launchRun } from "../src/client/start-run.ts";
import { foldPlan } from "../src/plan/fold-plan.ts";
import { ENGINE } from "../src/plan/messages.ts";
import type { Shape } from "./shapes.ts";

/** Ours, or the same shape written by hand. */
export type Kind = "plan" | "hand-written";

/** Starts runs of both kinds. */
export interface BenchClient {
  readonly connected: Connected;
  /** Starts one run, as the command line does; gives its id. */
  start(kind: Kind, shape: Shape, taskQueue: string): Promise<string>;
  /** Runs all of a shape to their ends; gives the milliseconds. */
  run(kind: Kind, shape: Shape, taskQueue: string): Promise<number>;
  close(): Promise<void>;
}

let count = 0;

/** Connects to a server of the bench. */
export async function openBenchClient(address: string): Promise<BenchClient> {
  const connected = await connectClient({ address, namespace: "default" });
  const { client } = connected;
  const start = async (kind: Kind, shape: Shape, taskQueue: string) => {
    count += 1;
    const run = `bench-${process.pid}-${count}`;
    if (kind === "plan") {
      const args = { engine: ENGINE, plan: foldPlan(shape.plan), inputs: {}, projectDir: "/" };
      await launchRun(connected, { run, plan: shape.plan, args, taskQueue });
    } else {
      const { type, count: steps } = shape.handWritten;
      await client.workflow.start(type, { taskQueue, workflowId: run, args: [steps], workflowTaskTimeout: 5000 });
    }
    return run;
  };
  return {
    connected,
    start,
    async run(kind, shape, taskQueue) {
      const startedAt = performance.now();
      await inLanes(shape, async () => {
        await client.workflow.getHandle(await start(kind, shape, taskQueue)).result();
      });
      return performance.now() - startedAt;
    },
    close: connected.close,
  };
}

/** Does `one` as often as the shape has runs, no more at once than it says. */
export async function inLanes({ runs, atOnce }: Shape, one: () => Promise<void>): Promise<void> {
  let left = runs;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await one();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
