import { findTemporalCli } from "../src/server/find-temporal-cli.ts";

/** Makes sure, once, that there is a Temporal CLI: finding or building it is no part of any test. */
export default async function setup(): Promise<void> {
  const { path } = await findTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  process.env["AIWORKFLOW_TEMPORAL_CLI"] = path;
}
