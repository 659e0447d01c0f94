import type { ArtifactRef } from "./artifact.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { listSteps } from "./list-steps.ts";
import type { Plan } from "./plan.ts";
import type { GroupStep, Step } from "./step.ts";

/** A step without what follows from its place or is said once for all steps of its kind. */
export type FoldedStep = JsonObject & { readonly id: string; readonly kind: Step["kind"] };

/** A plan as it travels: a plan writes everything out, and history should not hold that once a step. */
export interface FoldedPlan extends Omit<Plan, "steps" | "finally"> {
  /** By kind of step: what a step has that does not say otherwise. */
  readonly common: { readonly [kind: string]: JsonObject };
  readonly steps: readonly FoldedStep[];
  readonly finally?: FoldedStep;
}

/** A plan in the arguments of a run: written out, folded, or in the artifact store. */
export type PackedPlan = Plan | FoldedPlan | ArtifactRef;

/** Where a step stands, and so what need not be said of it. */
interface Place {
  readonly path: string;
  readonly before: string | undefined;
}

/** Folds a plan; `unfoldPlan` gives it back. Child plans stay as they are. */
export function foldPlan(plan: Plan): FoldedPlan {
  const common = findCommon(listSteps(plan).flatMap(withUndo));
  const { steps, finally: last, ...rest } = plan;
  const fold = (step: Step, { path, before }: Place): FoldedStep => {
    const { source, undo, ...own } = step;
    const same = { ...common[step.kind], path, needs: before === undefined ? [] : [before] } as JsonObject;
    const kept = Object.entries(own).filter(([key, value]) => key === "steps" || !isSame(same[key], value as never));
    return {
      ...(Object.fromEntries(kept) as object),
      id: step.id,
      kind: step.kind,
      at: [source.line, source.column, ...(source.file === plan.file ? [] : [source.file])],
      ...(undo === undefined ? {} : { undo: fold(undo, { path: `${step.path}/undo`, before: undefined }) }),
      ...(step.kind === "group" ? { steps: foldLevel(step.steps, `${step.path}.`) } : {}),
    };
  };
  const foldLevel = (level: readonly Step[], prefix: string) =>
    level.map((step, index) => fold(step, { path: prefix + step.id, before: level[index - 1]?.id }));
  return {
    ...rest,
    common,
    steps: foldLevel(steps, ""),
    ...(last === undefined ? {} : { finally: fold(last, { path: last.id, before: undefined }) }),
  };
}

/** The plan written out; one that is not folded as it is. */
export function unfoldPlan(plan: Plan | FoldedPlan): Plan {
  if (!("common" in plan)) return plan;
  const { common, steps, finally: last, ...rest } = plan;
  const unfold = (folded: FoldedStep, { path, before }: Place): Step => {
    const { at, undo, ...own } = folded;
    const [line, column, file = plan.file] = at as [number, number, string?];
    const step = {
      ...common[folded.kind],
      path,
      needs: before === undefined ? [] : [before],
      ...own,
      source: { file, line, column },
    } as unknown as Step;
    if (undo !== undefined)
      Object.assign(step, { undo: unfold(undo as FoldedStep, { path: `${step.path}/undo`, before: undefined }) });
    if (step.kind === "group")
      Object.assign(step, {
        steps: unfoldLevel(step.steps as readonly unknown[] as readonly FoldedStep[], `${step.path}.`),
      });
    return step;
  };
  const unfoldLevel = (level: readonly FoldedStep[], prefix: string): GroupStep["steps"] =>
    level.map((step, index) => unfold(step, { path: prefix + step.id, before: level[index - 1]?.id }));
  return {
    ...rest,
    steps: unfoldLevel(steps, ""),
    ...(last === undefined ? {} : { finally: unfold(last, { path: last.id, before: undefined }) }),
  };
}

/** By kind: of every key that all its steps have, the value that most have, where more than one has it. */
function findCommon(steps: readonly Step[]): FoldedPlan["common"] {
  const common: Record<string, JsonObject> = {};
  for (const kind of new Set(steps.map((step) => step.kind))) {
    const ofKind = steps.filter((step) => step.kind === kind) as unknown as readonly JsonObject[];
    const shared = Object.keys(ofKind[0] as JsonObject)
      .filter((key) => !OF_ITS_OWN.has(key) && ofKind.every((step) => key in step))
      .flatMap((key) => {
        const most = mostFrequent(ofKind.map((step) => step[key] as JsonValue));
        return most === undefined ? [] : [[key, most] as const];
      });
    common[kind] = Object.fromEntries(shared);
  }
  return common;
}

const OF_ITS_OWN: ReadonlySet<string> = new Set(["id", "kind", "path", "needs", "source", "undo", "steps", "plan"]);

function mostFrequent(values: readonly JsonValue[]): JsonValue | undefined {
  const counts = new Map<string, number>();
  let best = "";
  for (const text of values.map((value) => JSON.stringify(value))) {
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    if (count > (counts.get(best) ?? 1)) best = text;
  }
  return best === "" ? undefined : (JSON.parse(best) as JsonValue);
}

function withUndo(step: Step): readonly Step[] {
  return step.undo === undefined ? [step] : [step, step.undo];
}

function isSame(a: JsonValue | undefined, b: JsonValue): boolean {
  return a === b || (a !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
