import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { Worker } from "@temporalio/worker";
import type { Bench } from "./bench.ts";
import type { Kind } from "./bench-client.ts";
import { bundleOf, startEngine } from "./engine.ts";
import { ratioRow, type Row } from "./row.ts";
import { type Shape, sequenceOf } from "./shapes.ts";
import { pairs } from "./statistics.ts";

/** So many fit into one history: with more, ours would go on in a new one, and less of it would be replayed than of the other. */
const STEPS = 600;

/** Replaying a long run of ours from its history, against the hand-written one. */
export async function compareReplay({ server, pairs: count, scale }: Bench): Promise<readonly Row[]> {
  const shape = sequenceOf(STEPS / scale);
  const [ours, theirs] = [
    await recordHistory(server.address, "plan", shape),
    await recordHistory(server.address, "hand-written", shape),
  ];
  const [replayOurs, replayTheirs] = [() => replay("plan", ours), () => replay("hand-written", theirs)];
  await pairs(1, replayOurs, replayTheirs);
  const found = await pairs(count, replayOurs, replayTheirs);
  const values = found.map(({ a, b }) => b / a);
  return [ratioRow(`replay of ${shape.steps} steps`, "hand-written", { values, atLeast: 0.95 })];
}

/** Runs a shape once; gives its history as JSON. */
export async function recordHistory(address: string, kind: Kind, shape: Shape): Promise<string> {
  const engine = await startEngine(address);
  const run = await engine.runOne(kind, shape);
  const history = await engine.client.connected.client.workflow.getHandle(run).fetchHistory();
  await engine.close();
  return historyToJSON(history);
}

async function replay(kind: Kind, history: string): Promise<number> {
  const codePath = await bundleOf(kind);
  const parsed: unknown = JSON.parse(history);
  const startedAt = performance.now();
  await Worker.runReplayHistory({ workflowBundle: { codePath } }, parsed);
  return performance.now() - startedAt;
}
