import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject } from "../../bundle/load-project.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { renderTable } from "../table.ts";

/** `agent list`. */
export const run: CommandRunner = async ({ out }) => {
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  if (project.diagnostics.some(({ severity }) => severity === "error")) throw new DiagnosticError(project.diagnostics);
  const agents = Object.entries(project.agents).map(([name, { kind, model }]) => ({
    name,
    kind,
    model: model ?? null,
    default: name === project.defaultAgent,
  }));
  out.data({ agents });
  out.text(
    agents.length === 0
      ? "No agents. Add one to aiworkflow.yaml, or set ANTHROPIC_API_KEY or OPENAI_API_KEY."
      : renderTable(
          ["agent", "kind", "model", ""],
          agents.map((one) => [one.name, one.kind, one.model ?? "", one.default ? "default" : ""]),
        ),
  );
  return EXIT.ok;
};
