import { findProjectDir } from "../bundle/find-project.ts";
import { loadProject, type Project } from "../bundle/load-project.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { nearestName } from "../language/yaml/nearest-name.ts";
import type { LocalPlace } from "../tools/local-context.ts";

/** The project of this folder, to use its tools. Throws `DiagnosticError` where its files have faults. */
export function openTools(): { readonly project: Project; readonly place: Omit<LocalPlace, "signal"> } {
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  if (project.diagnostics.some(({ severity }) => severity === "error")) throw new DiagnosticError(project.diagnostics);
  const { dir, stateDir, files } = project;
  return { project, place: { env: process.env, projectDir: dir, stateDir, files } };
}

/** Throws `DiagnosticError` `cli/not-found` where the project has no tool of the name. */
export function findTool({ toolEntries }: Project, name: string): Project["toolEntries"][string] {
  const entry = Object.hasOwn(toolEntries, name) ? toolEntries[name] : undefined;
  if (entry !== undefined) return entry;
  const near = nearestName(name, Object.keys(toolEntries));
  throw new DiagnosticError([
    createDiagnostic({
      code: "cli/not-found",
      message: `there is no tool ${name}`,
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    }),
  ]);
}
