import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** The program that a project names: `node` is the Node that runs us; a path is looked up in the project. */
export function programOf(command: string, projectDir: string): string {
  if (command === "node") return process.execPath;
  const inProject = resolve(projectDir, command);
  return command.includes("/") && existsSync(inProject) ? inProject : command;
}
