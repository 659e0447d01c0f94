/** Keys of a plan under which the user's own values stand: whatever a key in them is called, it counts. */
export const DATA_KEYS: ReadonlySet<string> = new Set(["with", "values", "env", "default", "metadata"]);
