import { findProjectDir } from "../bundle/find-project.ts";
import { loadProject, type Project } from "../bundle/load-project.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { nearestName } from "../language/yaml/nearest-name.ts";
import type { AgentSpec } from "../plan/agent-spec.ts";

/** An agent of the project around the working folder. Throws `DiagnosticError` `cli/not-found`. */
export function findAgent(name: string): { readonly spec: AgentSpec; readonly project: Project } {
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  const { agents } = project;
  const spec = Object.hasOwn(agents, name) ? agents[name] : undefined;
  if (spec !== undefined) return { spec, project };
  const near = nearestName(name, Object.keys(agents));
  throw new DiagnosticError([
    createDiagnostic({
      code: "cli/not-found",
      message: `there is no agent ${name}`,
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    }),
  ]);
}
