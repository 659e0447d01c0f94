import { join } from "node:path";
import { findTemporalCli } from "../src/server/find-temporal-cli.ts";
import { findWorkflowBundle } from "../src/worker/workflow-bundle.ts";

/** Makes sure, once, that there is a Temporal CLI and a workflow bundle: getting them is no part of any test. */
export default async function prepare(): Promise<void> {
  const { path } = await findTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  process.env["AIWORKFLOW_TEMPORAL_CLI"] = path;
  // Hundreds of command lines and workers are started from source; they need not all compile it.
  process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "..", "node_modules", ".cache", "compiled");
  await findWorkflowBundle();
}
