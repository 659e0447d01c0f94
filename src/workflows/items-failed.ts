import type { ApplicationFailure } from "@temporalio/workflow";
import type { Stored } from "../plan/artifact.ts";
import type { ItemFaults } from "../plan/loop-parts.ts";
import { fail } from "./failure-info.ts";
import type { ItemError } from "./run-items.ts";

/** So many indexes are named; the others are in the details. */
const FAILED_NAMED = 20;

/** A loop whose items have all ended, some of them badly. */
interface FailedLoop {
  /** Indexes of the first of them. */
  readonly failed: readonly number[];
  readonly count: number;
  readonly total: number;
  readonly faults: ItemFaults | undefined;
  readonly results: Stored | readonly Stored[];
}

/** How a loop ends whose items did not all end well. Where money alone was missing it says so, as its items did. */
export function itemsFailed({ failed, count, total, faults, results }: FailedLoop): ApplicationFailure {
  const sorted = failed.toSorted((a, b) => a - b);
  const named = sorted.slice(0, FAILED_NAMED).join(", ");
  const more = count > FAILED_NAMED ? ", …" : "";
  const first = faults?.first === undefined ? "" : `; the first: ${faults.first.message}`;
  return fail(
    faults?.areRefusals === true ? "budget/exceeded" : "for-each/items-failed",
    `${count} of ${total} items failed (${named}${more})${first}`,
    { failed: sorted, results } as never,
  );
}

/** What is told of the items of a list that failed, by their indexes in the whole loop; nothing where none did. */
export function faultsOf(
  failed: readonly number[],
  results: readonly Stored[],
  firstIndex: number,
): ItemFaults | undefined {
  if (failed.length === 0) return undefined;
  const errorOf = (index: number) => (results[index - firstIndex] as unknown as ItemError).error;
  const index = Math.min(...failed);
  return {
    first: { index, message: errorOf(index).message },
    areRefusals: failed.every((one) => errorOf(one).code === "budget/exceeded"),
  };
}

/** Of two lists of one loop. */
export function joinFaults(a: ItemFaults | undefined, b: ItemFaults): ItemFaults {
  if (a === undefined) return b;
  const [first] = [a.first, b.first].filter((one) => one !== undefined).sort((x, y) => x.index - y.index);
  return { ...(first === undefined ? {} : { first }), areRefusals: a.areRefusals && b.areRefusals };
}
