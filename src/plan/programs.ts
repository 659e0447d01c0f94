/** What a kind of program takes of an agent's settings. */
interface ProgramSettings {
  /** Settings of other agents that it has no way to heed. */
  readonly notTaken: readonly string[];
  /** Entries of `options`. @default all: they go into its own file of settings */
  readonly options?: readonly string[];
}

/** Kinds of agents that are programs of the machine. */
const PROGRAMS: Readonly<Record<string, ProgramSettings>> = {
  "claude-code": { notTaken: [], options: ["effort", "fallback-model", "max-budget-usd"] },
  codex: { notTaken: ["max-tokens"] },
  opencode: { notTaken: ["max-tokens"] },
};

/** What a program takes; undefined for agents that are none. Programs reach tools over MCP only. */
export function programSettings(kind: string): ProgramSettings | undefined {
  return Object.hasOwn(PROGRAMS, kind) ? PROGRAMS[kind] : undefined;
}
