import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { isArtifactRef, MAX_INLINE_PLAN_BYTES } from "../plan/artifact.ts";
import { foldPlan, type PackedPlan, unfoldPlan } from "../plan/fold-plan.ts";
import { MAX_PLAN_BYTES } from "../plan/limits.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../plan/step.ts";

/**
 * A plan as it travels: folded, and by reference where it is large; so is every workflow that it calls. Throws
 * `DiagnosticError` `plan/too-large`.
 */
export async function packPlan(plan: Plan, store: ArtifactStore): Promise<PackedPlan> {
  const folded = foldPlan(await mapChildren(plan, (child) => packPlan(child as Plan, store)));
  const bytes = Buffer.from(JSON.stringify(folded), "utf8");
  if (bytes.byteLength <= MAX_INLINE_PLAN_BYTES) return folded;
  if (bytes.byteLength > MAX_PLAN_BYTES) throw tooLarge(plan, bytes.byteLength);
  return { $artifact: await store.put(bytes), bytes: bytes.byteLength, preview: plan.name };
}

/** The whole plan again. Throws `DiagnosticError` `artifact/missing`. */
export async function unpackPlan(packed: PackedPlan, store: ArtifactStore): Promise<Plan> {
  const plan = unfoldPlan(isArtifactRef(packed) ? await readPlan(packed, store) : packed);
  return mapChildren(plan, (child) => unpackPlan(child, store));
}

function tooLarge({ name }: Plan, bytes: number): DiagnosticError {
  const message = `the plan of ${name} has ${bytes} bytes; at most ${MAX_PLAN_BYTES} can be run`;
  return new DiagnosticError([createDiagnostic({ code: "plan/too-large", message })]);
}

async function readPlan(
  { $artifact, preview }: { readonly $artifact: string; readonly preview: string },
  store: ArtifactStore,
) {
  const bytes = await store.get($artifact);
  if (bytes !== undefined)
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as Exclude<PackedPlan, { $artifact: string }>;
  const message = `the plan of ${preview} is not in this project's store`;
  throw new DiagnosticError([createDiagnostic({ code: "artifact/missing", message })]);
}

/** The plan with other plans in place of those that its steps call, wherever they stand. */
async function mapChildren(plan: Plan, change: (child: PackedPlan) => Promise<PackedPlan>): Promise<Plan> {
  const ofStep = async (step: Step): Promise<Step> => ({
    ...step,
    ...(step.undo === undefined ? {} : { undo: await ofStep(step.undo) }),
    ...(step.kind === "group" ? { steps: await Promise.all(step.steps.map(ofStep)) } : {}),
    ...(step.kind === "workflow" ? { plan: await change(step.plan) } : {}),
  });
  return {
    ...plan,
    steps: await Promise.all(plan.steps.map(ofStep)),
    ...(plan.finally === undefined ? {} : { finally: await ofStep(plan.finally) }),
  };
}
