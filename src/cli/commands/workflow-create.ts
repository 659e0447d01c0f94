import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject } from "../../bundle/load-project.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { starterWorkflow } from "../starter-files.ts";
import { shellWord } from "../../plan/shell-word.ts";

/** `workflow create NAME`. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [name = ""] = args;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw new DiagnosticError([
      createDiagnostic({ code: "cli/usage", message: `${name} is not a name: letters, digits, ., _ and - only` }),
    ]);
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  const folder = (options["output"] as string | undefined) ?? join(project.dir, project.workflowsPath);
  const path = join(folder, `${name}.md`);
  if (existsSync(path))
    throw new DiagnosticError([createDiagnostic({ code: "cli/exists", message: `${path} exists already` })]);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, starterWorkflow(name));
  const file = relative(process.cwd(), path);
  out.data({ file });
  out.text(`Wrote ${file}. Next: aiworkflow run ${shellWord(file)}`);
  return EXIT.ok;
};
