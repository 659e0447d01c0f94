import { matchStates, type PatternProgram, type PatternState } from "./match-states.ts";

/** A pattern that is tested in time linear in the text. */
export interface LinearPattern {
  /** Whether the pattern is found anywhere in the text. */
  test(text: string): boolean;
}

/** A pattern that is not a regular expression of ours. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Counted repetitions are written out, so they are bounded. */
const MAX_STATES = 2000;

const compiled = new Map<string, LinearPattern>();

/**
 * Reads a pattern: JavaScript's syntax without look-around and back-references, by code points. Throws `PatternError`.
 */
export function compilePattern(source: string): LinearPattern {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const program = new PatternCompiler(source).compile();
  const pattern = { test: (text: string) => matchStates(program, text) };
  if (compiled.size >= 1000) compiled.clear();
  compiled.set(source, pattern);
  return pattern;
}

/** A stretch of states with one entry; every loose end is in `exits`. */
interface Fragment {
  readonly entry: number;
  readonly exits: readonly ((target: number) => void)[];
}

class PatternCompiler {
  readonly #source: string;
  readonly #states: PatternState[] = [];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  compile(): PatternProgram {
    // The engine's own parser first: it knows every rule of the syntax.
    try {
      RegExp(this.#source, "u");
    } catch (error) {
      throw new PatternError(error instanceof Error ? error.message : String(error));
    }
    const body = this.#alternatives();
    const found = this.#add({ kind: "found" });
    for (const exit of body.exits) exit(found);
    return { states: this.#states, entry: body.entry };
  }

  #alternatives(): Fragment {
    if ((this.#depth += 1) > 50) throw new PatternError("groups are nested too deep");
    let whole = this.#sequence();
    while (this.#source[this.#at] === "|") {
      this.#at += 1;
      const other = this.#sequence();
      const entry = this.#add({ kind: "fork", next: whole.entry, other: other.entry });
      whole = { entry, exits: [...whole.exits, ...other.exits] };
    }
    this.#depth -= 1;
    return whole;
  }

  #sequence(): Fragment {
    let whole = this.#jump();
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at] as string)) {
      const next = this.#repeated();
      for (const exit of whole.exits) exit(next.entry);
      whole = { entry: whole.entry, exits: next.exits };
    }
    return whole;
  }

  #repeated(): Fragment {
    const from = this.#at;
    const first = this.#atom();
    const to = this.#at;
    const quantifier = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(this.#source.slice(to, to + 24));
    if (quantifier === null) return first;
    const [text, least, comma, most] = quantifier;
    const min = least === undefined ? (text[0] === "+" ? 1 : 0) : Number(least);
    const max = least === undefined ? (text[0] === "?" ? 1 : Infinity) : readMost(min, comma, most);
    // A copy of the atom is made by reading its text again.
    const copy = (): Fragment => {
      this.#at = from;
      return this.#atom();
    };
    const whole = this.#repeat(first, copy, { min, max });
    this.#at = to + text.length;
    return whole;
  }

  #repeat(
    first: Fragment,
    copy: () => Fragment,
    { min, max }: { readonly min: number; readonly max: number },
  ): Fragment {
    let whole = this.#jump();
    let unused: Fragment | undefined = first;
    const take = (): Fragment => {
      const atom = unused ?? copy();
      unused = undefined;
      return atom;
    };
    const append = (next: Fragment): void => {
      for (const exit of whole.exits) exit(next.entry);
      whole = { entry: whole.entry, exits: next.exits };
    };
    for (let count = 0; count < min; count += 1) append(take());
    if (max === Infinity) {
      const atom = take();
      const fork = this.#fork(atom.entry);
      for (const exit of atom.exits) exit(fork.entry);
      append({ entry: fork.entry, exits: fork.exits });
      return whole;
    }
    const skips: ((target: number) => void)[] = [];
    for (let count = min; count < max; count += 1) {
      const atom = take();
      const fork = this.#fork(atom.entry);
      skips.push(...fork.exits);
      append({ entry: fork.entry, exits: atom.exits });
    }
    return { entry: whole.entry, exits: [...whole.exits, ...skips] };
  }

  #atom(): Fragment {
    const source = this.#source;
    const char = source[this.#at] as string;
    if (char === "(") return this.#group();
    if (char === "^" || char === "$") return this.#assert(char, 1);
    if (char === "\\" && /[bB]/.test(source[this.#at + 1] ?? ""))
      return this.#assert(source.slice(this.#at, this.#at + 2), 2);
    const length = atomLength(source.slice(this.#at));
    const atom = source.slice(this.#at, this.#at + length);
    if (/^\\[1-9k]/.test(atom)) throw new PatternError("back-references cannot be tested in linear time");
    this.#at += length;
    const accepts = new RegExp(`^${atom}$`, "u");
    return this.#open({ kind: "char", accepts: (text) => accepts.test(text), next: -1 });
  }

  #group(): Fragment {
    const opening = /^\((?:\?:|\?<[A-Za-z_$][\w$]*>)?(?!\?)/.exec(this.#source.slice(this.#at));
    if (opening === null) throw new PatternError("look-around cannot be tested in linear time");
    this.#at += opening[0].length;
    const inner = this.#alternatives();
    this.#at += 1;
    return inner;
  }

  #assert(text: string, length: number): Fragment {
    this.#at += length;
    return this.#open({ kind: "assert", assertion: text as "^" | "$" | "\\b" | "\\B", next: -1 });
  }

  #jump(): Fragment {
    return this.#open({ kind: "jump", next: -1 });
  }

  /** To the atom, or past it. */
  #fork(atom: number): Fragment {
    const state = { kind: "fork" as const, next: atom, other: -1 };
    const entry = this.#add(state);
    return { entry, exits: [(target) => void (state.other = target)] };
  }

  #open(state: Extract<PatternState, { next: number }>): Fragment {
    const entry = this.#add(state);
    return { entry, exits: [(target) => void (state.next = target)] };
  }

  #add(state: PatternState): number {
    if (this.#states.length >= MAX_STATES) throw new PatternError("the pattern is too large");
    return this.#states.push(state) - 1;
  }
}

function readMost(min: number, comma: string | undefined, most: string | undefined): number {
  if (comma === undefined) return min;
  return most === undefined || most === "" ? Infinity : Number(most);
}

/** Length of one character, escape or class at the start. */
function atomLength(text: string): number {
  if (text[0] === "[") return /^\[(?:\\.|[^\]\\])*\]/su.exec(text)?.[0].length ?? 1;
  if (text[0] !== "\\") return (text.codePointAt(0) as number) > 0xffff ? 2 : 1;
  return /^\\(?:u\{[^}]*\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[pP]\{[^}]*\}|c[A-Za-z]|.)/su.exec(text)?.[0].length ?? 1;
}
