/** What a step may let an agent do that is a program of this machine. */
export const PERMISSIONS = ["read", "write", "run", "web"] as const;

/**
 * `read` files of the working folder, `write` them, `run` commands with the rights of the worker, `web`: fetch pages and
 * search. `write` and `run` contain `read`.
 */
export type Permission = (typeof PERMISSIONS)[number];

/** Where neither step nor agent says anything. */
export const DEFAULT_PERMISSIONS: readonly Permission[] = ["read"];
