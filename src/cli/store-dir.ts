import { ownStoreDir } from "../artifacts/own-store-dir.ts";
import type { Project } from "../bundle/load-project.ts";

/** Folder of a project's artifact store; the ledger and the streams lie in it, too. */
export function storeDirOf({ stateDir }: Pick<Project, "stateDir">): string {
  const chosen = process.env["AIWORKFLOW_STORE"];
  return chosen === undefined || chosen === "" ? ownStoreDir(stateDir) : chosen;
}
