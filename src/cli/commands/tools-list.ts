import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject } from "../../bundle/load-project.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { renderTable } from "../table.ts";
import { readTools } from "../../tools/read-tools.ts";

/** `tools list`: asks each server what it can do. */
export const run: CommandRunner = async ({ out }) => {
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  if (project.diagnostics.some(({ severity }) => severity === "error")) throw new DiagnosticError(project.diagnostics);
  const tools = await readTools(project.tools, {
    env: process.env,
    projectDir: project.dir,
    stateDir: project.stateDir,
    files: project.files,
  });
  out.data({ tools });
  const rows = tools.flatMap(({ name, kind, state, reason, operations }) =>
    operations.length === 0
      ? [[name, kind, state, reason ?? ""]]
      : operations.map(({ operation, description }) => [
          `${name}.${operation}`,
          kind,
          state,
          description.split("\n")[0] ?? "",
        ]),
  );
  out.text(
    rows.length === 0
      ? "No tools. Add MCP servers to registry.yaml or scripts to tools/."
      : renderTable(["tool", "kind", "state", "description"], rows),
  );
  return EXIT.ok;
};
