/** A kind of agent that is a program of the machine, how a person gets it, and what it takes. */
export interface ProgramSettings {
  /** Its name on PATH. */
  readonly command: string;
  /** How a person gets it. */
  readonly install: string;
  /** Entries of `options`. @default all: they go into its own file of settings */
  readonly options?: readonly string[];
}

/** Every such kind. They reach tools over MCP only. */
export const PROGRAMS = {
  "claude-code": {
    command: "claude",
    install: "npm install -g @anthropic-ai/claude-code",
    options: ["effort", "fallback-model", "max-budget-usd"],
  },
  codex: { command: "codex", install: "npm install -g @openai/codex" },
  opencode: { command: "opencode", install: "npm install -g opencode-ai" },
} as const satisfies Readonly<Record<string, ProgramSettings>>;

/** What a program takes; undefined for agents that are none. */
export function programSettings(kind: string): ProgramSettings | undefined {
  return Object.hasOwn(PROGRAMS, kind) ? PROGRAMS[kind as keyof typeof PROGRAMS] : undefined;
}
