import { patched } from "@temporalio/workflow";
import { evaluateInWorkflow } from "../expressions/evaluate-in-workflow.ts";
import type { Evaluated } from "../plan/activity.ts";
import { type ArtifactRef, isArtifactRef, type Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import { type ItemList, ITEMS_A_PART, MAX_ITEMS, needsParts } from "../plan/loop-parts.ts";
import type { ForEach } from "../plan/step.ts";
import { callActivity } from "./call-activity.ts";
import { callForRun, patient } from "./call-for-run.ts";
import { fail } from "./failure-info.ts";
import { type Invocation, scopeOfInvocation } from "./invocation.ts";

/** Characters of JSON that one activity is given. */
const BATCH_LENGTH = 500_000;
/** Runs that began before loops had parts go on without. */
const IN_PARTS = "for-each-in-parts";

/** The items of a for-each; of a long list, where it lies. Throws `for-each/not-a-list`, `for-each/too-many-items`. */
export async function findItems(invocation: Invocation): Promise<readonly Stored[] | ItemList> {
  const { items } = invocation.step.forEach as ForEach;
  const result = evaluateInWorkflow(items, scopeOfInvocation(invocation));
  if ("value" in result) {
    const list = readItems(result.value);
    return needsParts(list) && patched(IN_PARTS) ? keepItems(invocation, list) : list;
  }
  const evaluated = await callActivity<Evaluated>(
    invocation,
    "evaluate",
    { template: result.deferred, asItems: true },
    { suffix: "for-each", summary: `${invocation.title}: for-each`, effect: "read" },
  );
  return evaluated.items ?? readItems(evaluated.list ?? (evaluated.value as Stored));
}

/** Puts a list that stands in history into the store, a payload at a time. */
async function keepItems({ run, path }: Invocation, list: readonly Stored[]): Promise<ItemList> {
  const batches: (readonly Stored[])[][] = [];
  let length = Infinity;
  for (let first = 0; first < list.length; first += ITEMS_A_PART) {
    const part = list.slice(first, first + ITEMS_A_PART);
    const size = JSON.stringify(part).length;
    if (length + size > BATCH_LENGTH) {
      batches.push([]);
      length = 0;
    }
    batches.at(-1)?.push(part);
    length += size;
  }
  const kept = batches.map((lists, index) =>
    callForRun<{ readonly parts: readonly ArtifactRef[] }>(run, "keep-parts", { lists }, `${path}/keep-${index + 1}`),
  );
  const parts = (await Promise.all(kept)).flatMap((batch) => batch.parts);
  return { ref: (await joinParts({ run, path }, { parts, always: true })) as ArtifactRef, count: list.length };
}

/** One list of parts; `always` by reference, else a small one as it is. */
export async function joinParts(
  { run, path }: Pick<Invocation, "run" | "path">,
  input: { readonly parts: readonly ArtifactRef[]; readonly always?: boolean },
): Promise<Stored> {
  const joined = await callForRun<{ readonly value: Stored }>(patient(run), "join-parts", input, `${path}/join`);
  return joined.value;
}

function readItems(value: JsonValue | Stored | readonly Stored[]): readonly Stored[] {
  if (!Array.isArray(value)) {
    const type = value === null ? "null" : isArtifactRef(value) ? "a large value" : typeof value;
    throw fail("for-each/not-a-list", `for-each needs a list, but the expression gave ${type}`);
  }
  if (value.length > MAX_ITEMS) {
    throw fail("for-each/too-many-items", `for-each has ${value.length} items; at most ${MAX_ITEMS} are allowed`);
  }
  return value as readonly Stored[];
}
