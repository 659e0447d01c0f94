import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import type { Ledger } from "../ledger/open-ledger.ts";

/** What one worker process lends to its activities. */
export interface WorkerResources {
  readonly store: ArtifactStore;
  /** Lies in the store's folder; opened at its first use. */
  ledger(): Ledger;
  /** Where secrets and API keys come from. */
  readonly env: { readonly [name: string]: string | undefined };
  /** The worker's own project, for runs whose folder this machine does not have. */
  readonly projectDir: string;
  /** `.aiworkflow` of the worker's project. */
  readonly stateDir: string;
  /** Aborted where the worker ends and does not wait for what is under way. @default never */
  readonly breakOff?: AbortSignal;
}
