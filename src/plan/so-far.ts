import type { Usage } from "./report.ts";

/** What a call that fails has done all the same. */
export interface SoFar {
  readonly usage?: Usage;
  /** Whether it has made tool calls that are to be made once. */
  readonly hasActed?: boolean;
}
