import { createRequire } from "node:module";
import { join } from "node:path";

/** Another engine of durable workflows, run as its documentation says. */
export interface Other {
  /** Runs one workflow of so many steps that do nothing, one after the other; gives the milliseconds. */
  runSequence(steps: number): Promise<number>;
  close(): Promise<void>;
}

/** Why another engine is not measured. */
export class NotInstalled extends Error {}

/** Loads a package from the folder that is named for them; they are no dependencies of ours. */
export function loadOther(name: string): unknown {
  const folder = process.env["BENCH_OTHERS"];
  if (folder === undefined) throw new NotInstalled("not installed");
  try {
    return createRequire(join(folder, "package.json"))(name);
  } catch {
    throw new NotInstalled("not installed");
  }
}
