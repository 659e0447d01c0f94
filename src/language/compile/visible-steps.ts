import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { ValueType } from "../../expressions/type-model.ts";
import type { StepOrder } from "./order-steps.ts";
import { flattenHeads, type StepHead } from "./read-steps.ts";

/** Which steps an expression of one step may name. */
export interface VisibleSteps {
  has(id: string): boolean;
  /** The type of its output; of one item, where the step is a for-each. */
  get(id: string): ValueType | undefined;
  keys(): Iterable<string>;
  /** Why a step of the file cannot be named here; undefined where there is no such step. */
  whyNot(id: string): Pick<Complaint, "code" | "message" | "hint"> | undefined;
}

/** Answers for every step of a file. Nothing is worked out before it is asked: a file may have thousands of steps. */
export function createVisibility(
  roots: readonly StepHead[],
  orders: ReadonlyMap<StepHead, StepOrder>,
  shapes: ReadonlyMap<string, ValueType>,
): { before(head: StepHead): VisibleSteps; readonly everything: VisibleSteps } {
  const all = flattenHeads(roots);
  const byId = new Map(all.map((head) => [head.id, head]));
  const place = new Map(all.map((head, index) => [head, index]));
  const orderOf = (head: StepHead) => orders.get(head) as StepOrder;

  const isNeeded = (from: StepHead, target: StepHead, level: ReadonlyMap<string, StepHead>): boolean => {
    const seen = new Set<StepHead>();
    const walk = (head: StepHead): boolean => {
      if (seen.has(head)) return false;
      seen.add(head);
      const { isDefault, needs, index, handles } = orderOf(head);
      if (isDefault || head.isLast) return orderOf(target).index < index;
      // A handler runs as soon as one of the steps it handles has failed.
      return (handles.length > 0 ? handles : needs).some((id) => {
        const need = level.get(id) as StepHead;
        return need === target || walk(need);
      });
    };
    if (walk(from)) return true;
    // A handler runs before anything goes on that waits for the step it handles.
    return orderOf(target).handles.some((id) => id !== from.id && isNeeded(from, level.get(id) as StepHead, level));
  };
  const levels = new Map<StepHead | undefined, ReadonlyMap<string, StepHead>>();
  const levelOf = ({ parent }: StepHead): ReadonlyMap<string, StepHead> => {
    const level = levels.get(parent) ?? new Map((parent?.children ?? roots).map((one) => [one.id, one]));
    levels.set(parent, level);
    return level;
  };

  /** The step beside `head`, or beside a group around it, that the target is or lies in. */
  const meet = (
    head: StepHead,
    target: StepHead,
  ): { readonly at: StepHead; readonly sibling: StepHead; readonly loop: StepHead | undefined } => {
    for (let at: StepHead | undefined = head; at !== undefined; at = at.parent) {
      let sibling: StepHead | undefined = target;
      let loop: StepHead | undefined;
      while (sibling !== undefined && sibling.parent !== at.parent) {
        sibling = sibling.parent;
        if (sibling !== undefined && isLoop(sibling)) loop = sibling;
      }
      if (sibling !== undefined) return { at, sibling, loop };
    }
    throw new Error(`no level holds ${head.id} and ${target.id}`);
  };

  const before = (head: StepHead): VisibleSteps => {
    const known = new Map<string, boolean>();
    const isVisible = (target: StepHead): boolean => {
      const { at, sibling, loop } = meet(head, target);
      if (sibling === at || loop !== undefined) return false;
      return isNeeded(at, sibling, levelOf(at));
    };
    const has = (id: string): boolean => {
      const target = byId.get(id);
      if (target === undefined || target === head) return false;
      const visible = known.get(id) ?? isVisible(target);
      known.set(id, visible);
      return visible;
    };
    return {
      has,
      get: (id) => shapes.get(id),
      keys: () => all.filter(({ id }) => has(id)).map(({ id }) => id),
      whyNot(id) {
        const target = byId.get(id);
        if (target === undefined || has(id)) return undefined;
        if (target === head) return { code: "step/self-reference", message: `${id} refers to its own result` };
        const { at, sibling, loop } = meet(head, target);
        if (sibling === at) return { code: "step/self-reference", message: `${id} holds this step, and ends after it` };
        if (loop !== undefined)
          return {
            code: "step/in-loop",
            message: `${id} runs many times, inside ${loop.id}`,
            hint: `read \`steps.${loop.id}.output\``,
          };
        if ((place.get(target) as number) > (place.get(head) as number))
          return { code: "step/forward-reference", message: `${id} runs after this step` };
        const waiting = orderOf(at).handles[0] ?? at.id;
        return {
          code: "step/not-needed",
          message: `nothing makes ${at.id} wait for ${sibling.id}`,
          hint: `add \`${sibling.id}\` to the \`needs\` of ${waiting}`,
        };
      },
    };
  };
  const everything: VisibleSteps = {
    has: (id) => byId.has(id) && !insideLoop(byId.get(id) as StepHead),
    get: (id) => shapes.get(id),
    keys: () => all.filter((head) => !insideLoop(head)).map(({ id }) => id),
    whyNot: (id) =>
      byId.has(id) && insideLoop(byId.get(id) as StepHead)
        ? { code: "step/in-loop", message: `${id} runs many times`, hint: "read the output of the step around it" }
        : undefined,
  };
  return { before, everything };
}

function isLoop({ reader }: StepHead): boolean {
  return reader.has("for-each") || reader.has("repeat");
}

function insideLoop({ parent }: StepHead): boolean {
  return parent !== undefined && (isLoop(parent) || insideLoop(parent));
}
