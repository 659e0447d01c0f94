import type { ArtifactStore } from "../artifacts/artifact-store.ts";

/** What one worker process lends to its activities. */
export interface WorkerResources {
  readonly store: ArtifactStore;
  /** Where secrets and API keys come from. */
  readonly env: { readonly [name: string]: string | undefined };
  /** The worker's own project, for runs whose folder this machine does not have. */
  readonly projectDir: string;
  /** `.aiworkflow` of the worker's project. */
  readonly stateDir: string;
}
