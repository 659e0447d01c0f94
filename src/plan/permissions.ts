/** What a step may let an agent do that is a program of this machine. */
export const PERMISSIONS = ["read", "write", "run", "web"] as const;

/**
 * `read` files of the working folder, `write` them, `run` commands with the rights of the worker, `web`: fetch pages and
 * search. `write` and `run` contain `read`.
 */
export type Permission = (typeof PERMISSIONS)[number];

/** Where neither step nor agent says anything. */
export const DEFAULT_PERMISSIONS: readonly Permission[] = ["read"];

/** Kinds of agents that are programs, with the settings that each cannot take. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  "claude-code": [],
  codex: ["max-tokens"],
  opencode: ["max-tokens"],
};

/** True for agents that are programs: they take `command`, `workdir` and `permissions`, and reach tools over MCP only. */
export function isProgram(kind: string): boolean {
  return Object.hasOwn(PROGRAMS, kind);
}

/** Settings that this kind of program has no way to heed. */
export function settingsNotTaken(kind: string): readonly string[] {
  return PROGRAMS[kind] ?? [];
}
