// Reads workflow files and the project around them; the only reader of either. Imports language and below. Start here.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { createDiagnostic, type Complaint } from "../diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { compileWorkflow } from "../language/compile-workflow.ts";
import type { LoadedChild } from "../language/project-context.ts";
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
/** Faults of a called workflow that are the caller's as well. */
const PASSED_ON = new Set(["workflow/cycle", "workflow/too-deep"]);
/** How deep workflows may call each other. */
const MAX_DEPTH = 8;
const FOLDER_FILES = ["workflow.md", "main.md"];

/** Loads and compiles a workflow file, or the workflow of a folder. Every fault is a diagnostic. */
export function loadWorkflow(path: string, options: LoadOptions = {}): LoadedWorkflow {
  return load(path, options, []);
}

/** `callers` are the files that call this one, outermost first. */
function load(path: string, options: LoadOptions, callers: readonly string[]): LoadedWorkflow {
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
  const childFiles = new Map<string, Uint8Array>();
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
      loadWorkflow(name) {
        const child = loadChild(join(folder, name), options, [...callers, resolve(file)]);
        if ("plan" in child) for (const [sha256, content] of child.files) childFiles.set(sha256, content);
        return child;
      },
    },
  );
  const all = [...project.diagnostics, ...diagnostics];
  const usable = plan !== undefined && !all.some(({ severity }) => severity === "error");
  return {
    file,
    project,
    diagnostics: all,
    files: new Map([...project.files, ...childFiles, ...files]),
    text: Buffer.from(bytes).toString("utf8"),
    ...(usable ? { plan } : {}),
  };
}

/** The plan of a workflow that another one calls. */
function loadChild(path: string, options: LoadOptions, callers: readonly string[]): LoadedChild {
  const shown = relative(process.cwd(), path);
  const chain = [...callers, resolve(findFile(path))];
  if (callers.includes(chain.at(-1) as string))
    return {
      fault: {
        code: "workflow/cycle",
        message: `the workflow calls itself: ${chain.map((one) => basename(one)).join(" → ")}`,
      },
    };
  if (callers.length > MAX_DEPTH)
    return { fault: { code: "workflow/too-deep", message: `workflows call each other ${callers.length} deep` } };
  const { plan, files, diagnostics } = load(shown, options, callers);
  if (plan !== undefined) return { plan, files };
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const first = errors.find(({ code }) => PASSED_ON.has(code)) ?? errors[0];
  if (first !== undefined && PASSED_ON.has(first.code)) return { fault: { code: first.code, message: first.message } };
  const place = first?.span === undefined ? "" : `:${first.span.line}:${first.span.column}`;
  return {
    fault: {
      code: first?.code === "file/not-found" ? "step/unknown-workflow" : "step/broken-workflow",
      message: first?.code === "file/not-found" ? first.message : `${first?.file ?? shown}${place}: ${first?.message}`,
      ...(first?.code === "file/not-found"
        ? { hint: first.hint }
        : { hint: `see all faults with \`aiworkflow validate ${shown}\`` }),
    },
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
