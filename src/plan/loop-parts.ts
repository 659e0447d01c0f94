import type { ArtifactRef, Stored } from "./artifact.ts";
import type { JsonValue } from "./json.ts";
import type { Unfinished } from "./report.ts";

/** A for-each of more items than this runs in parts, each a child run. */
const MAX_ITEMS_IN_ONE_RUN = 500;
/** So does one whose list is larger than this, in characters of JSON. */
const MAX_LIST_LENGTH_IN_ONE_RUN = 256 * 1024;

/** Items of one part. */
export const ITEMS_A_PART = 200;

/** More items than this no for-each takes. */
export const MAX_ITEMS = 100_000;

/** Whether a for-each over this list runs in parts. */
export function needsParts(list: readonly Stored[]): boolean {
  return list.length > MAX_ITEMS_IN_ONE_RUN || JSON.stringify(list).length > MAX_LIST_LENGTH_IN_ONE_RUN;
}

/** How many parts so many items make. */
export function countParts(items: number): number {
  return Math.ceil(items / ITEMS_A_PART);
}

/** A list that lies in the artifact store in parts of {@link ITEMS_A_PART} items. */
export interface ItemList {
  readonly ref: ArtifactRef;
  readonly count: number;
}

/** Anything the interpreter has set aside: small as it is, else its JSON text in pieces that a payload can hold. */
export type SetAside = { readonly value: JsonValue } | { readonly pieces: readonly Stored[] };

/** How far a for-each in parts is; plain data, because it outlives the history of its run. */
export interface LoopParts {
  readonly items: ItemList;
  /** What every part is given: its piece of the plan, and what its expressions see. */
  readonly common: SetAside;
  /** Where the results of the parts that have ended lie, by number of the part. */
  readonly results: (ArtifactRef | null)[];
  /** Parts that were set aside for a next history of the run, by number. */
  readonly suspended: Record<string, SetAside>;
  /** Of all parts, by number: items that have ended well and badly. */
  readonly counts: Record<string, ItemCounts>;
  /** Indexes of the first items that failed. */
  readonly failed: number[];
  faults?: ItemFaults;
  agent?: string;
}

/** Why items failed. */
export interface ItemFaults {
  readonly first?: { readonly index: number; readonly message: string };
  /** No item failed but for want of money. */
  readonly areRefusals: boolean;
}

/** Items that have ended. */
export interface ItemCounts {
  readonly completed: number;
  readonly failed: number;
}

/** What the undo of a part needs, beside its entry in the undo log. */
export interface PartUndo {
  readonly common: SetAside;
  /** The part's own undo log; null while nobody but the part knows it. */
  log: SetAside | null;
  /** Ids of the steps in that log. */
  stepIds: readonly string[];
  /** What of it could not be taken back. */
  failures: readonly Unfinished[];
}
