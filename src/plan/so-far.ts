import type { Usage } from "./report.ts";

/** What a call that fails has done all the same. */
export interface SoFar {
  readonly usage?: Usage;
  /** What the tools took that a program has called by itself, US dollars. */
  readonly ownUsd?: number;
  /** Whether it has made tool calls that are to be made once. */
  readonly hasActed?: boolean;
}
