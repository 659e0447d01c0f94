import type { BenchServer } from "./servers.ts";

/** What every group of rows is measured with. */
export interface Bench {
  /** A local server with our settings. */
  readonly server: BenchServer;
  /** The Temporal CLI, for servers of its own. */
  readonly cliPath: string;
  /** How many pairs a ratio is taken from. */
  readonly pairs: number;
  /** Amounts are divided by it; 1 but for a quick look. */
  readonly scale: number;
}
