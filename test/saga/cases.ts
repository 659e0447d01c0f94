// Every way in which a run of up to five steps can go wrong and be taken back.

/** How the step at `at` ends; the steps before it end well, those after it never begin. */
export type Failure =
  /** No step fails. */
  | "none"
  /** A known failure, with and without the effect having happened. */
  | "before"
  | "after"
  /** Stopped by its time limit after its effect. */
  | "timeout"
  /** The run is cancelled while the step is under way, after its effect. */
  | "cancel";

/** One run. */
export interface Case {
  /** How many steps run side by side, layer after layer; `[1, 1, 1]` is a sequence. */
  readonly layers: readonly number[];
  readonly failure: Failure;
  /** Index of the step that ends the run; the number of steps where none does. */
  readonly at: number;
  readonly rollback: boolean;
  /** Index of the one step that has no undo. */
  readonly without: number | undefined;
  /** Index of the step whose undo fails. */
  readonly broken: number | undefined;
  /** The run is cancelled while the first undo is under way: for the second time, where that was how it failed. */
  readonly cancelAgain: boolean;
}

const FAILURES: readonly Failure[] = ["none", "before", "after", "timeout", "cancel"];
const MOST_STEPS = 5;
/** What is no sequence, and steps without an undo, show all they can with so many. */
const MOST_STEPS_OF_VARIANTS = 3;

/** All sequences of up to five steps; all layers, and all missing undos, of up to three. */
export function listCases(): readonly Case[] {
  const sequences = count(MOST_STEPS).map((index) => Array.from({ length: index + 1 }, () => 1));
  const layered = count(MOST_STEPS_OF_VARIANTS)
    .flatMap((index) => splits(index + 1))
    .filter((layers) => layers.some((width) => width > 1));
  return [...sequences, ...layered].flatMap(casesOf);
}

function casesOf(layers: readonly number[]): readonly Case[] {
  const steps = layers.reduce((sum, width) => sum + width, 0);
  return FAILURES.flatMap((failure) =>
    (failure === "none" ? [steps] : count(steps)).flatMap((at) => {
      const base = { layers, failure, at };
      const stops: Case = { ...base, rollback: false, without: undefined, broken: undefined, cancelAgain: false };
      return [stops, ...rollbacksOf(base)];
    }),
  );
}

/** Which undo is missing or fails, and whether a cancel comes while one is under way. */
function rollbacksOf(base: Pick<Case, "layers" | "failure" | "at">): readonly Case[] {
  const { layers, failure, at } = base;
  const isSequence = layers.every((width) => width === 1);
  const mayLack = failure !== "none" && at < MOST_STEPS_OF_VARIANTS && isSequence;
  return (mayLack ? [undefined, at] : [undefined]).flatMap((without) => {
    const undone = failure === "none" ? [] : count(at + 1).filter((index) => index !== without);
    const cancels = isSequence && without === undefined && undone.length > 0 ? [false, true] : [false];
    return [undefined, ...undone].flatMap((broken) =>
      cancels.map((cancelAgain) => ({ ...base, rollback: true, without, broken, cancelAgain })),
    );
  });
}

/** Every way to cut a number into layers. */
function splits(steps: number): readonly (readonly number[])[] {
  if (steps === 0) return [[]];
  return count(steps).flatMap((index) => splits(steps - index - 1).map((rest) => [index + 1, ...rest]));
}

function count(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index);
}
