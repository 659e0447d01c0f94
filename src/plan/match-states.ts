/** One state of a pattern. `next` and `other` are indexes; a `char` state uses up one code point. */
export type PatternState =
  | { readonly kind: "char"; readonly accepts: (char: string) => boolean; next: number }
  | { readonly kind: "assert"; readonly assertion: "^" | "$" | "\\b" | "\\B"; next: number }
  | { readonly kind: "jump"; next: number }
  | { readonly kind: "fork"; next: number; other: number }
  | { readonly kind: "found" };

/** A pattern as states. */
export interface PatternProgram {
  readonly states: readonly PatternState[];
  readonly entry: number;
}

/**
 * Whether the pattern is found anywhere in the text. All ways are followed at once, each state at most once per
 * character: the time is the product of both lengths, whatever the pattern.
 */
export function matchStates({ states, entry }: PatternProgram, text: string): boolean {
  /** At which step a state was entered last. */
  const entered = new Int32Array(states.length).fill(-1);
  let active: number[] = [];
  let before = "";
  let step = 0;

  const enter = (from: number, after: string): boolean => {
    const pending = [from];
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      if (entered[index] === step) continue;
      entered[index] = step;
      const state = states[index] as PatternState;
      if (state.kind === "found") return true;
      if (state.kind === "char") active.push(index);
      else if (state.kind !== "assert") pending.push(state.next);
      else if (holds(state.assertion, before, after)) pending.push(state.next);
      if (state.kind === "fork") pending.push(state.other);
    }
    return false;
  };

  const chars = text[Symbol.iterator]();
  let char = chars.next();
  if (enter(entry, char.done ? "" : char.value)) return true;
  while (!char.done) {
    const { value } = char;
    const passed = active;
    active = [];
    char = chars.next();
    before = value;
    step += 1;
    const after = char.done ? "" : char.value;
    for (const index of passed) {
      const state = states[index] as Extract<PatternState, { kind: "char" }>;
      if (state.accepts(value) && enter(state.next, after)) return true;
    }
    if (enter(entry, after)) return true;
  }
  return false;
}

function holds(assertion: "^" | "$" | "\\b" | "\\B", before: string, after: string): boolean {
  if (assertion === "^") return before === "";
  if (assertion === "$") return after === "";
  const atBoundary = isWord(before) !== isWord(after);
  return assertion === "\\b" ? atBoundary : !atBoundary;
}

function isWord(char: string): boolean {
  return /^\w$/.test(char);
}
