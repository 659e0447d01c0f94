// What must come of a case: a model of its own, which knows nothing of the interpreter.
import type { Case, Failure } from "./cases.ts";

/** What a run does and says. */
export interface Told {
  readonly status: string;
  /** How Temporal says that it ended. */
  readonly execution: "COMPLETED" | "FAILED" | "CANCELLED";
  readonly exitCode: number;
  readonly error: { readonly code: string; readonly step: string | null } | null;
  readonly steps: readonly string[];
  /** Steps that a person has to look after, with the reason. */
  readonly unfinished: readonly string[];
  /** Names of steps as their effects happened, and as they were taken back with what the undo was told; a layer at a time. */
  readonly effects: readonly string[];
  readonly undos: readonly string[];
  /** Effects that are still there. */
  readonly left: readonly string[];
}

const STATUS: Readonly<Record<Failure, string>> = {
  none: "completed",
  before: "failed",
  after: "failed",
  timeout: "outcome-unknown",
  cancel: "cancelled",
};
const CODE: Readonly<Record<Failure, string | null>> = {
  none: null,
  before: "script/exit",
  after: "script/exit",
  timeout: "step/outcome-unknown",
  cancel: null,
};
const OUTCOME: Readonly<Record<Failure, string>> = {
  none: "completed",
  before: "failed",
  after: "failed",
  timeout: "unknown",
  cancel: "unknown",
};

/** The name of a step. */
export function nameOf(index: number): string {
  return `s${index}`;
}

/** The layer of every step. */
export function layersOf({ layers }: Case): readonly number[] {
  return layers.flatMap((width, layer) => Array.from({ length: width }, () => layer));
}

/** What must be told of a case. */
export function expectedOf(one: Case): Told {
  const { failure, at, without, broken } = one;
  const layer = layersOf(one);
  const undoes = one.rollback && failure !== "none";
  // Steps beside the failing one end well, whatever their number.
  const ran = layer.flatMap((own, index) => (at === layer.length || own <= (layer[at] as number) ? [index] : []));
  const happened = ran.filter((index) => index !== at || failure !== "before");
  const undone = undoes ? ran.filter((index) => index !== without) : [];
  const ownStatus = (index: number): string => {
    if (!ran.includes(index)) return "pending";
    if (index === at) return STATUS[failure];
    return undone.includes(index) && index !== broken ? "compensated" : "completed";
  };
  const unknownLeft = failure === "timeout" && !(undoes && without !== at);
  const unfinished = [
    ...(broken === undefined ? [] : [`${nameOf(broken)} script/exit`]),
    ...(unknownLeft ? [`${nameOf(at)} step/outcome-unknown`] : []),
  ];
  const statusOf = (): string => {
    if (broken !== undefined) return "compensation-incomplete";
    if (unknownLeft) return "outcome-unknown";
    return undone.length > 0 ? "compensated" : STATUS[failure];
  };
  const code = CODE[failure];
  return {
    status: statusOf(),
    execution: failure === "none" ? "COMPLETED" : failure === "cancel" ? "CANCELLED" : "FAILED",
    exitCode: failure === "none" ? 0 : 1,
    error: code === null ? null : { code, step: nameOf(at) },
    steps: layer.map((_, index) => ownStatus(index)),
    unfinished,
    effects: byLayer(layer, happened).map(nameOf),
    undos: byLayer(
      layer.map((own) => -own),
      undone,
    ).map((index) => `${nameOf(index)} ${index === at ? OUTCOME[failure] : "completed"}`),
    left: happened.filter((index) => !undone.includes(index) || index === broken).map(nameOf),
  };
}

/** In the order of layers; what is side by side has no order, and stands by number. */
function byLayer(layer: readonly number[], steps: readonly number[]): readonly number[] {
  return steps.toSorted((a, b) => (layer[a] as number) - (layer[b] as number) || a - b);
}
