import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { FileCollector } from "../language/compile/file-ref.ts";
import { checkKeys, createReader } from "../language/reader.ts";
import { parseToolEntry } from "../language/tool-kinds/parse-tool-entry.ts";
import type { ToolEntry } from "../language/tool-kinds/tool-entry.ts";
import type { ProjectFiles } from "../language/tool-kinds/tool-kind-parser.ts";
import { stateDirOf } from "./find-project.ts";
import { type ConfigFile, readBytes, readConfig } from "./read-config.ts";
import { createModuleReader } from "./read-module.ts";

/** How a dropped-in file is told: `NAME.module.ts` exports operations, `NAME.ts` is a program that is given one. */
const FILE_NAME = /^([A-Za-z][\w-]*)(\.module)?(\.(?:sh|py|js|mjs|ts|mts))$/;
const MODULE_EXTENSIONS = new Set([".js", ".mjs", ".ts", ".mts"]);
/** Other names would not be told apart from those of operations. */
const TOOL_NAME = /^[A-Za-z][\w-]*$/;

/** Where tools are declared, of the same form. */
const DECLARED_IN = ["registry.yaml", "tools.yaml"];

/** Reads registry.yaml, tools.yaml and the files in `tools/`; what is declared of a name counts. */
export function loadTools(
  dir: string,
  files: FileCollector,
  diagnostics: Diagnostic[],
): { readonly [name: string]: ToolEntry } {
  const readModule = createModuleReader(stateDirOf(dir));
  const disk: ProjectFiles = { files, readFile: (path) => readBytes(join(dir, path)), readModule };
  const tools = findFiles(dir, disk, diagnostics);
  const declared: Record<string, ToolEntry> = {};
  for (const file of DECLARED_IN)
    readDeclared(readConfig(dir, file, diagnostics), disk, { tools: declared, diagnostics });
  return { ...tools, ...declared };
}

function readDeclared(
  { reader, yaml }: ConfigFile,
  disk: ProjectFiles,
  { tools, diagnostics }: { readonly tools: Record<string, ToolEntry>; readonly diagnostics: Diagnostic[] },
): void {
  checkKeys(reader, { known: ["tools"], unknownCode: "config/unknown-key" });
  const declared = reader.map("tools");
  for (const name of Object.keys(declared?.object ?? {})) {
    const reading = declared?.map(name);
    if (reading === undefined) continue;
    if (!TOOL_NAME.test(name))
      declared?.complain(
        name,
        { code: "config/bad-value", message: `${name} is no name of a tool: letters, digits, _ and - only` },
        "key",
      );
    if (Object.hasOwn(tools, name))
      declared?.complain(name, { code: "config/bad-value", message: `${name} stands in ${DECLARED_IN[0]} too` }, "key");
    const entry = parseToolEntry(reading, { yaml, diagnostics, path: ["tools", name] }, disk);
    if (entry !== undefined) tools[name] = entry;
  }
}

/** A script or module in `tools/` is a tool; `NAME.yaml` beside it says more of it. */
function findFiles(dir: string, disk: ProjectFiles, diagnostics: Diagnostic[]): Record<string, ToolEntry> {
  const tools: Record<string, ToolEntry> = {};
  for (const file of listFolder(join(dir, "tools"))) {
    const [, name, isModule, extension = ""] = FILE_NAME.exec(file) ?? [];
    if (name === undefined || (isModule !== undefined && !MODULE_EXTENSIONS.has(extension))) continue;
    const { file: where, exists, yaml, reader: companion } = readConfig(dir, `tools/${name}.yaml`, diagnostics);
    const kind = isModule === undefined ? "script" : "module";
    const own = kind === "script" && !exists ? { operations: { run: {} } } : companion.object;
    const reader = createReader(
      { ...own, kind, file: `tools/${file}` },
      { file: exists ? where : join("tools", file), yaml, diagnostics, badValue: "config/bad-value" },
    );
    for (const key of ["kind", "file"])
      if (companion.has(key))
        companion.complain(key, { code: "config/unknown-key", message: `${key} is what ${basename(file)} is` }, "key");
    const entry = parseToolEntry(reader, { yaml, diagnostics, path: [] }, disk);
    if (entry !== undefined) tools[name] = entry;
  }
  return tools;
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
