import { join } from "node:path";
import type { Project } from "../bundle/load-project.ts";

/** Folder of a project's artifact store; the ledger and the streams lie in it, too. */
export function storeDirOf({ stateDir }: Pick<Project, "stateDir">): string {
  return process.env["AIWORKFLOW_STORE"] ?? join(stateDir, "artifacts");
}
