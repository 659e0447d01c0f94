// Reads workflow files and the project around them; the only reader of either. Imports language and below. Start here.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { createDiagnostic, type Complaint } from "../diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { compileWorkflow } from "../language/compile-workflow.ts";
import { nearestName } from "../language/yaml/nearest-name.ts";
import type { Plan } from "../plan/plan.ts";
import { findProjectDir } from "./find-project.ts";
import { loadProject, type Project } from "./load-project.ts";

/** A workflow file, compiled within its project. */
export interface LoadedWorkflow {
  /** As it was named. */
  readonly file: string;
  readonly text: string;
  readonly project: Project;
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
  /** Content of every file that the plan names, by SHA-256. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** How to load. */
export interface LoadOptions {
  /** Takes the place of the default agent. */
  readonly agent?: string;
  /** @default process.env */
  readonly env?: { readonly [name: string]: string | undefined };
}

const MAX_BYTES = 4 * 1024 * 1024;
const FOLDER_FILES = ["workflow.md", "main.md"];

/** Loads and compiles a workflow file, or the workflow of a folder. Every fault is a diagnostic. */
export function loadWorkflow(path: string, options: LoadOptions = {}): LoadedWorkflow {
  const env = options.env ?? process.env;
  const file = findFile(path);
  const project = loadProject(findProjectDir(dirname(resolve(file))), env);
  const broken = (complaint: Omit<Complaint, "file">): LoadedWorkflow => ({
    file,
    text: "",
    project,
    files: new Map(),
    diagnostics: [createDiagnostic({ file, ...complaint })],
  });
  if (!existsSync(file)) return broken(notFound(file));
  const stats = statSync(file);
  if (stats.isDirectory())
    return broken({ code: "file/is-directory", message: `${path} is a folder without one workflow file` });
  if (stats.size > MAX_BYTES) return broken({ code: "file/too-large", message: `${path} has ${stats.size} bytes` });
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return broken({ code: "file/unreadable", message: (error as Error).message });
  }
  const folder = dirname(resolve(file));
  const { plan, diagnostics, files } = compileWorkflow(
    { file, folder: basename(folder), bytes },
    {
      ...project,
      ...(options.agent === undefined ? {} : { agentOverride: options.agent }),
      readFile: (name) => {
        try {
          return readFileSync(join(folder, name));
        } catch {
          return undefined;
        }
      },
    },
  );
  const all = [...project.diagnostics, ...diagnostics];
  const usable = plan !== undefined && !all.some(({ severity }) => severity === "error");
  return {
    file,
    project,
    diagnostics: all,
    files: new Map([...project.files, ...files]),
    text: Buffer.from(bytes).toString("utf8"),
    ...(usable ? { plan } : {}),
  };
}

function findFile(path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  for (const name of FOLDER_FILES) if (existsSync(join(path, name))) return join(path, name);
  const markdown = readdirSync(path).filter((name) => name.endsWith(".md"));
  return markdown.length === 1 ? join(path, markdown[0] as string) : path;
}

function notFound(file: string): Omit<Complaint, "file"> {
  const folder = dirname(resolve(file));
  const beside = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".md")) : [];
  const near = nearestName(basename(file), beside);
  const message = `there is no file ${file}`;
  if (near === undefined) return { code: "file/not-found", message };
  return { code: "file/not-found", message, hint: `did you mean ${relative(process.cwd(), join(folder, near))}?` };
}
