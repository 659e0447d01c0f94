import { findProjectDir } from "../../bundle/find-project.ts";
import { listWorkflows } from "../../bundle/list-workflows.ts";
import { loadProject } from "../../bundle/load-project.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { renderTable } from "../table.ts";

/** `workflow list`: broken ones with their first error. */
export const run: CommandRunner = async ({ out }) => {
  const all = listWorkflows(loadProject(findProjectDir(process.cwd()), process.env));
  const workflows = all.map(({ file, plan, diagnostics }) => {
    const error = plan === undefined ? diagnostics.find(({ severity }) => severity === "error") : undefined;
    return {
      file,
      name: plan?.name ?? null,
      version: plan?.version ?? null,
      steps: plan?.steps.length ?? null,
      valid: plan !== undefined,
      error: error === undefined ? null : `${error.code}: ${error.message}`,
    };
  });
  out.data({ workflows });
  out.text(
    workflows.length === 0
      ? "No workflows here. `aiworkflow workflow create NAME` writes one."
      : renderTable(
          ["name", "file", "steps", "state"],
          workflows.map((one) => [one.name ?? "?", one.file, String(one.steps ?? ""), one.error ?? "valid"]),
        ),
  );
  return workflows.every(({ valid }) => valid) ? EXIT.ok : EXIT.badInput;
};
