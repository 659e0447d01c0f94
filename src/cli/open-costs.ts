import { findProjectDir } from "../bundle/find-project.ts";
import { loadProject, type Project } from "../bundle/load-project.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import type { CallFilter } from "../ledger/read-costs.ts";
import type { Ledger } from "../ledger/open-ledger.ts";
import type { CommandCall } from "./command.ts";
import { readSince } from "./read-since.ts";
import { storeDirOf } from "./store-dir.ts";

/** The project around the working folder. Throws `DiagnosticError` where its files have faults. */
export function openProject(): Project {
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  if (project.diagnostics.some(({ severity }) => severity === "error")) throw new DiagnosticError(project.diagnostics);
  return project;
}

/** Opens the ledger of the project's store for as long as `work` lasts. */
export async function withLedger<T>(project: Project, work: (ledger: Ledger) => T): Promise<T> {
  const { openLedger } = await import("../ledger/open-ledger.ts");
  const ledger = openLedger(storeDirOf(project));
  try {
    return work(ledger);
  } finally {
    ledger.close();
  }
}

/** Which calls a command's options mean. */
export function readFilter(options: CommandCall["options"]): CallFilter {
  const sinceMs = readSince(options["since"] as string | undefined)?.getTime();
  const names = ["run", "workflow", "agent", "model"].filter((name) => typeof options[name] === "string");
  return {
    ...Object.fromEntries(names.map((name) => [name, options[name] as string])),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
}
