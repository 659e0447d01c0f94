import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { type LoadedWorkflow, loadWorkflow } from "./load-workflow.ts";
import type { Project } from "./load-project.ts";

/** Every workflow file of a project: those below its workflow folder, and the project's own workflow.md. */
export function listWorkflows(project: Project): readonly LoadedWorkflow[] {
  const root = join(project.dir, project.workflowsPath);
  const found = [
    ...markdownBelow(root),
    ...markdownIn(project.dir).filter((file) => /(^|\/)(workflow|main)\.md$/.test(file)),
  ];
  return found.map((file) => loadWorkflow(relative(process.cwd(), file)));
}

function markdownBelow(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return names
      .filter((name) => name.endsWith(".md") && !name.endsWith("README.md"))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function markdownIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}
