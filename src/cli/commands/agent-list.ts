import { missingProgram } from "../../agents/coding/find-coding-program.ts";
import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject } from "../../bundle/load-project.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { sourceOf } from "../agent-source.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { renderTable } from "../table.ts";

/** `agent list`: those of the project first, then the predefined ones. */
export const run: CommandRunner = async ({ out }) => {
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  if (project.diagnostics.some(({ severity }) => severity === "error")) throw new DiagnosticError(project.diagnostics);
  const agents = Object.entries(project.allAgents).map(([name, spec]) => ({
    name,
    kind: spec.kind,
    model: spec.model ?? null,
    default: name === project.defaultAgent,
    from: sourceOf(project, name),
    missing: missingProgram(spec, { projectDir: project.dir, path: process.env["PATH"] }) ?? null,
  }));
  out.data({ agents });
  out.text(
    renderTable(
      ["agent", "kind", "model", "from", ""],
      agents.map((one) => [one.name, one.kind, one.model ?? "", one.from, remarkOn(one)]),
    ),
  );
  return EXIT.ok;
};

function remarkOn(one: { readonly default: boolean; readonly missing: string | null }): string {
  return [one.default ? "default" : [], one.missing === null ? [] : `no ${one.missing} on PATH`].flat().join(", ");
}
