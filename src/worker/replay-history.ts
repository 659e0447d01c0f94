import { readFile } from "node:fs/promises";
import { Worker } from "@temporalio/worker";
import { Runtime } from "@temporalio/worker";
import { createWorkerLog } from "./worker-log.ts";
import { findWorkflowBundle } from "./workflow-bundle.ts";

/** A history as the client fetched it, or as JSON of `temporal workflow show --output json`. */
export type History = Parameters<typeof Worker.runReplayHistory>[1];

/** Replays a history with this build; gives why it does not fit, or undefined where it does. */
export async function replayHistory(history: History, workflowId?: string): Promise<string | undefined> {
  Runtime.install({ logger: createWorkerLog() });
  const codePath = await findWorkflowBundle();
  try {
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowId);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Reads a file of a history in JSON. */
export async function readHistoryFile(path: string): Promise<History> {
  return JSON.parse(await readFile(path, "utf8")) as History;
}
