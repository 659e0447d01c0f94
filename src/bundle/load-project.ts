import { readdirSync, readFileSync } from "node:fs";
import { basename, extname, join, relative } from "node:path";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../diagnostics/diagnostic.ts";
import { createFileCollector, type FileCollector } from "../language/compile/file-ref.ts";
import { AGENT_KINDS } from "../language/agent-kinds.ts";
import { parseAgentSpec } from "../language/parse-agent-spec.ts";
import { parseCapabilities } from "../language/parse-capabilities.ts";
import { parseToolSpec } from "../language/tool-kinds/parse-tool-spec.ts";
import { checkKeys, createReader, type Reader } from "../language/reader.ts";
import { refuseOwnVariable } from "../language/refuse-own-variable.ts";
import { parseYaml, type YamlResult } from "../language/yaml/parse-yaml.ts";
import { isJsonObject, type JsonObject } from "../plan/json.ts";
import type { CapabilitySet } from "../plan/capabilities.ts";
import type { AgentSpec } from "../plan/agent-spec.ts";
import type { ToolSpec } from "../plan/plan.ts";
import { PROJECT_FILE, stateDirOf } from "./find-project.ts";

/** A project as its files describe it. */
export interface Project {
  readonly dir: string;
  readonly stateDir: string;
  /** False where there is no aiworkflow.yaml. */
  readonly configured: boolean;
  readonly agents: { readonly [name: string]: AgentSpec };
  readonly defaultAgent?: string;
  /** What `capabilities.yaml` says, by name or kind of agent. */
  readonly capabilities: { readonly [nameOrKind: string]: CapabilitySet };
  readonly tools: { readonly [name: string]: ToolSpec };
  readonly env: { readonly [name: string]: string };
  readonly secrets: readonly string[];
  readonly retry?: JsonObject;
  readonly timeoutMs?: number;
  readonly server: { readonly address?: string; readonly namespace?: string; readonly taskQueue?: string };
  /** Folder of the workflow files, relative to the project. */
  readonly workflowsPath: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly diagnostics: readonly Diagnostic[];
}

const KEYS = ["agent", "agents", "env", "secrets", "retry", "timeout", "server", "workflows"];
const LATER: Readonly<Record<string, string>> = {
  budget: "budgets are not there yet",
  logging: "log settings are not there yet",
  monitoring: "metrics are not there yet",
  credentials: "secrets come from the worker's environment for now",
};
const SCRIPT_EXTENSIONS = new Set([".sh", ".py", ".js", ".mjs", ".ts", ".mts"]);

/** Reads aiworkflow.yaml, registry.yaml and `tools/`. `env` says which keys there are for an agent nobody configured. */
export function loadProject(dir: string, env: { readonly [name: string]: string | undefined }): Project {
  const diagnostics: Diagnostic[] = [];
  const collector = createFileCollector();
  const config = readConfig(dir, PROJECT_FILE, diagnostics);
  const reader = config.reader;
  checkKeys(reader, {
    known: KEYS,
    notYet: LATER,
    unknownCode: "config/unknown-key",
    notYetCode: "config/not-yet",
    synonyms: { secret: "secrets", tools: "registry.yaml" },
  });
  const agents: Record<string, AgentSpec> = {};
  const configured = reader.map("agents");
  for (const name of Object.keys(configured?.object ?? {})) {
    const entry = configured?.map(name);
    const spec =
      entry === undefined ? undefined : parseAgentSpec(entry, collector, (path) => readBytes(join(dir, path)));
    if (spec !== undefined) agents[name] = spec;
  }
  const named = reader.text("agent");
  const guessed = named === undefined && Object.keys(agents).length === 0 ? agentOfEnvironment(env) : undefined;
  if (guessed !== undefined) agents[guessed] = { kind: guessed };
  const defaultAgent = named ?? guessed ?? (Object.keys(agents).length === 1 ? Object.keys(agents)[0] : undefined);
  if (named !== undefined && !Object.hasOwn(agents, named))
    reader.complain("agent", { code: "step/unknown-agent", message: `there is no agent ${named}` });
  refuseOwnVariable(reader, "env", "config/bad-value");
  const server = reader.map("server");
  if (server !== undefined)
    checkKeys(server, { known: ["address", "namespace", "task-queue"], unknownCode: "config/unknown-key" });
  const workflows = reader.map("workflows");
  if (workflows !== undefined) checkKeys(workflows, { known: ["path"], unknownCode: "config/unknown-key" });
  const timeoutMs = reader.durationMs("timeout");
  const retry = reader.map("retry")?.object;
  return {
    dir,
    stateDir: stateDirOf(dir),
    configured: config.exists,
    agents,
    ...(defaultAgent === undefined ? {} : { defaultAgent }),
    capabilities: readCapabilities(dir, Object.keys(agents), diagnostics),
    tools: { ...findScripts(dir, collector, diagnostics), ...readRegistry(dir, collector, diagnostics) },
    env: reader.texts("env"),
    secrets: reader.names("secrets") ?? [],
    ...(retry === undefined ? {} : { retry }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    server: withoutUndefined({
      address: server?.text("address"),
      namespace: server?.text("namespace"),
      taskQueue: server?.text("task-queue"),
    }),
    workflowsPath: workflows?.text("path") ?? "workflows",
    files: collector.files,
    diagnostics,
  };
}

function readCapabilities(dir: string, agents: readonly string[], diagnostics: Diagnostic[]) {
  const { reader } = readConfig(dir, "capabilities.yaml", diagnostics);
  return parseCapabilities(reader, [...new Set([...agents, ...AGENT_KINDS])]);
}

function readRegistry(dir: string, collector: FileCollector, diagnostics: Diagnostic[]): Record<string, ToolSpec> {
  const { reader, yaml } = readConfig(dir, "registry.yaml", diagnostics);
  checkKeys(reader, { known: ["tools"], unknownCode: "config/unknown-key" });
  const tools: Record<string, ToolSpec> = {};
  const declared = reader.map("tools");
  for (const name of Object.keys(declared?.object ?? {})) {
    const entry = declared?.map(name);
    if (entry === undefined) continue;
    const disk = { files: collector, readFile: (path: string) => readBytes(join(dir, path)) };
    const spec = parseToolSpec(entry, { yaml, diagnostics, path: ["tools", name] }, disk);
    if (spec !== undefined) tools[name] = spec;
  }
  return tools;
}

/** A script in `tools/` is a tool; `NAME.yaml` beside it names its operations. */
function findScripts(dir: string, collector: FileCollector, diagnostics: Diagnostic[]): Record<string, ToolSpec> {
  const tools: Record<string, ToolSpec> = {};
  for (const file of listFolder(join(dir, "tools")).filter((name) => SCRIPT_EXTENSIONS.has(extname(name)))) {
    const name = basename(file, extname(file));
    const bytes = readBytes(join(dir, "tools", file)) as Uint8Array;
    const fileRef = collector.add(`tools/${file}`, bytes);
    const companion = readConfig(dir, `tools/${name}.yaml`, diagnostics);
    if (!companion.exists) {
      tools[name] = { kind: "script", file: fileRef, operations: { run: {} } };
      continue;
    }
    const object = { kind: "script", ...companion.reader.object };
    const reader = createReader(object, {
      file: companion.file,
      yaml: companion.yaml,
      diagnostics,
      badValue: "config/bad-value",
    });
    const spec = parseToolSpec(
      reader,
      { yaml: companion.yaml, diagnostics, path: [] },
      { files: collector, readFile: () => undefined },
    );
    if (spec !== undefined) tools[name] = { ...spec, file: fileRef };
  }
  return tools;
}

interface ConfigFile {
  readonly file: string;
  readonly exists: boolean;
  readonly reader: Reader;
  readonly yaml: Pick<YamlResult, "spanOf">;
}

function readConfig(dir: string, name: string, diagnostics: Diagnostic[]): ConfigFile {
  const file = relative(process.cwd(), join(dir, name)) || name;
  const bytes = readBytes(join(dir, name));
  const nowhere = { spanOf: (): Span => ({ line: 1, column: 1, endLine: 1, endColumn: 2 }) };
  const text =
    bytes === undefined
      ? ""
      : Buffer.from(bytes)
          .toString("utf8")
          .replace(/^\uFEFF/, "")
          .replace(/\r\n/g, "\n");
  const yaml = bytes === undefined ? nowhere : parseYaml(text, { file, line: 1, column: 1 });
  const value = "value" in yaml ? yaml.value : undefined;
  if ("diagnostics" in yaml) diagnostics.push(...yaml.diagnostics);
  const object = isJsonObject(value) ? value : {};
  if (value != null && !isJsonObject(value))
    diagnostics.push(
      createDiagnostic({
        code: "yaml/not-a-map",
        message: `${name} holds keys and values`,
        file,
        span: yaml.spanOf([]),
      }),
    );
  return {
    file,
    exists: bytes !== undefined,
    yaml,
    reader: createReader(object, { file, yaml, diagnostics, badValue: "config/bad-value" }),
  };
}

/** The agent that a key in the environment stands for. */
function agentOfEnvironment(env: { readonly [name: string]: string | undefined }): "anthropic" | "openai" | undefined {
  if (env["ANTHROPIC_API_KEY"]) return "anthropic";
  return env["OPENAI_API_KEY"] ? "openai" : undefined;
}

function readBytes(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function withoutUndefined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
