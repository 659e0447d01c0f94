import type { ActivityCall } from "./activity.ts";
import type { ArtifactRef, Stored } from "./artifact.ts";

/** Input of `keep-parts`: lists, each of which becomes one part of a long one. Its result is `{parts: ArtifactRef[]}`. */
export interface KeepPartsCall extends ActivityCall {
  readonly lists: readonly (readonly Stored[])[];
}

/** Input of `load-part`: which part of which list. Its result is `{list: Stored[]}`. */
export interface LoadPartCall extends ActivityCall {
  readonly ref: ArtifactRef;
  readonly part: number;
}

/** Input of `join-parts`: the parts of one list, in order. Its result is `{value: Stored}`. */
export interface JoinPartsCall extends ActivityCall {
  readonly parts: readonly ArtifactRef[];
  /** Give a reference also where the list itself is small. @default false */
  readonly always?: boolean;
}
