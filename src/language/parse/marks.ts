/** Second words of an info string that make a block act. */
export const MARKS: ReadonlySet<string> = new Set(["step", "prompt", "run", "schema", "with", "undo", "test"]);

/** True for a block that acts. */
export function isMarked({ info }: { readonly info: string }): boolean {
  return MARKS.has(info.split(/\s+/, 2)[1] ?? "");
}
