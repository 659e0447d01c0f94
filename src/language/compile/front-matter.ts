import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../../plan/json.ts";
import type { AgentSpec, OutputSpec, Plan } from "../../plan/plan.ts";
import type { Template } from "../../plan/template.ts";
import type { Source } from "../parse/read-source.ts";
import { parseAgentSpec } from "../parse-agent-spec.ts";
import { parseFields } from "../parse-field.ts";
import type { ProjectContext } from "../project-context.ts";
import { checkKeys, createReader, type Reader } from "../reader.ts";
import { slugOf } from "../slug.ts";
import { parseYaml } from "../yaml/parse-yaml.ts";
import { compileTemplate, type ExpressionSite } from "./check-values.ts";
import type { FileCollector } from "./file-ref.ts";
import { readRetry } from "./parse-retry.ts";
import type { StepHead } from "./read-steps.ts";
import type { WorkflowFrame } from "./workflow-frame.ts";

const KEYS = [
  "name",
  "description",
  "version",
  "labels",
  "metadata",
  "inputs",
  "outputs",
  "agent",
  "agents",
  "tools",
  "env",
  "secrets",
  "retry",
  "timeout",
  "on-failure",
];
const LATER: Readonly<Record<string, string>> = {
  on: "triggers are not there yet; start the run with `aiworkflow run`",
  budget: "budgets are not there yet",
  priority: "priorities are not there yet",
  "fairness-key": "fairness is not there yet",
  concurrency: "concurrency groups are not there yet",
  workdir: "set `workdir:` in the step for now",
};
const SYNONYMS = {
  title: "name",
  id: "name",
  author: "metadata",
  parameters: "inputs",
  input: "inputs",
  output: "outputs",
  model: "agents",
  on_failure: "on-failure",
  max_retries: "retry",
  triggers: "on",
};

interface FileParts {
  readonly file: string;
  readonly folder: string;
  readonly source: Source;
  readonly heads: readonly StepHead[];
  readonly collector: FileCollector;
  readonly diagnostics: Diagnostic[];
}

type Head = Pick<
  Plan,
  | "name"
  | "description"
  | "version"
  | "labels"
  | "metadata"
  | "inputs"
  | "outputs"
  | "env"
  | "secrets"
  | "timeoutMs"
  | "onFailure"
>;

/** Reads the front matter: the head of the plan, and what all steps share. */
export function compileFrontMatter(
  parts: FileParts,
  project: ProjectContext,
): { readonly frame: WorkflowFrame; readonly head: Head } {
  const { file, heads, collector, diagnostics } = parts;
  const reader = readFrontMatter(parts);
  checkKeys(reader, {
    known: KEYS,
    notYet: LATER,
    unknownCode: "workflow/unknown-key",
    notYetCode: "workflow/not-yet",
    synonyms: SYNONYMS,
  });
  const yaml = { spanOf: reader.spanOf };
  const base = { file, yaml, diagnostics, badValue: "workflow/bad-value" };
  const inputs = parseFields(reader.map("inputs")?.object ?? {}, { ...base, required: false, path: ["inputs"] });
  const agents = { ...project.agents, ...readAgents(reader, collector, project) };
  const env = { ...project.env, ...reader.map("env")?.object };
  const secrets = [...new Set([...(project.secrets ?? []), ...(reader.names("secrets") ?? [])])];
  const onFailure = readOnFailure(reader);
  const outputsById = new Map(heads.map(({ id, output }) => [id, output]));
  const all = new Set(outputsById.keys());
  const lists = new Set(heads.filter(({ reader: step }) => step.has("for-each")).map(({ id }) => id));
  const earlier = createEarlier(heads);
  const site = (self: string | undefined, before: ReadonlyMap<string, OutputSpec | undefined>): ExpressionSite => ({
    file,
    diagnostics,
    inputs,
    earlier: before,
    lists,
    all,
    self,
    env: new Set(Object.keys(env)),
    secrets: new Set(secrets),
    secretsAllowed: false,
  });
  const inFrontMatter =
    (key: string) =>
    (path: readonly (string | number)[], start: number, end: number): Span => {
      const span = reader.spanOf([key, ...path]);
      return span.line === span.endLine ? { ...span, column: span.column + start, endColumn: span.column + end } : span;
    };
  const compile = (key: string, value: JsonObject, where: ExpressionSite) =>
    compileTemplate(value, where, inFrontMatter(key)) as { readonly [name: string]: Template };
  const timeoutMs = reader.durationMs("timeout") ?? project.timeoutMs;
  const text = { description: reader.text("description"), version: versionOf(reader) };
  const name = reader.text("name") ?? nameOfFile(parts);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    reader.complain("name", {
      code: "workflow/bad-value",
      message: `${JSON.stringify(name)} is not a name: letters, digits, ., _ and - only`,
    });
  const head: Head = {
    name,
    ...(text.description === undefined ? {} : { description: text.description }),
    ...(text.version === undefined ? {} : { version: text.version }),
    labels: reader.texts("labels"),
    metadata: reader.map("metadata")?.object ?? {},
    inputs: inputs,
    outputs: compile("outputs", reader.map("outputs")?.object ?? {}, site(undefined, outputsById)),
    env: compile("env", env, { ...site(undefined, new Map()), secretsAllowed: true }),
    secrets,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onFailure,
  };
  const defaultAgent = project.agentOverride ?? reader.text("agent") ?? project.defaultAgent;
  const frame: WorkflowFrame = {
    file,
    diagnostics,
    agents,
    capabilities: project.capabilities ?? {},
    defaultAgent,
    tools: project.tools,
    grants: reader.names("tools") ?? [],
    retry: { ...readRetry(createReader({ retry: project.retry ?? {} }, base)), ...readRetry(reader) },
    stepEnv: env,
    siteBefore: (step) => site(step.id, earlier(step)),
  };
  return { frame, head };
}

function readFrontMatter({ file, source, diagnostics }: FileParts): Reader {
  const none = { spanOf: (): Span => ({ line: 1, column: 1, endLine: 1, endColumn: 2 }) };
  if (source.frontMatter === undefined)
    return createReader({}, { file, yaml: none, diagnostics, badValue: "workflow/bad-value" });
  const yaml = parseYaml(source.frontMatter, { file, line: 2, column: 1 });
  diagnostics.push(...yaml.diagnostics);
  const value = yaml.value ?? {};
  if (!isJsonObject(value))
    diagnostics.push(
      createDiagnostic({
        code: "yaml/not-a-map",
        message: "front matter holds keys and values",
        file,
        span: yaml.spanOf([]),
      }),
    );
  return createReader(isJsonObject(value) ? value : {}, { file, yaml, diagnostics, badValue: "workflow/bad-value" });
}

function readAgents(
  reader: Reader,
  collector: FileCollector,
  project: ProjectContext,
): { readonly [name: string]: AgentSpec } {
  const map = reader.map("agents");
  const found: Record<string, AgentSpec> = {};
  for (const name of Object.keys(map?.object ?? {})) {
    const entry = map?.map(name);
    const spec = entry === undefined ? undefined : parseAgentSpec(entry, collector, project.readFile);
    if (spec !== undefined) found[name] = spec;
  }
  return found;
}

function readOnFailure(reader: Reader): Plan["onFailure"] {
  return reader.oneOf("on-failure", ["stop", "continue"], { rollback: "use stop or continue for now" }) ?? "stop";
}

function versionOf(reader: Reader): string | undefined {
  const value = reader.raw("version");
  return typeof value === "number" ? String(value) : reader.text("version");
}

/** The slug of the file's name; of its folder's for `workflow.md` and `main.md`. */
function nameOfFile({ file, folder }: Pick<FileParts, "file" | "folder">): string {
  const base = (file.replaceAll("\\", "/").split("/").at(-1) ?? "").replace(/\.[^.]*$/, "");
  const name = base === "workflow" || base === "main" ? folder : base;
  return slugOf(name).replaceAll("_", "-").replace(/^-+/, "") || "workflow";
}

/** The steps before each step; grown as compilation walks through them in order, so that thousands of steps stay cheap. */
function createEarlier(heads: readonly StepHead[]): (step: StepHead) => ReadonlyMap<string, OutputSpec | undefined> {
  const position = new Map(heads.map((step, index) => [step, index]));
  const seen = new Map<string, OutputSpec | undefined>();
  let next = 0;
  return (step) => {
    const index = position.get(step) ?? 0;
    if (index < next) return new Map(heads.slice(0, index).map(({ id, output }) => [id, output]));
    for (; next < index; next += 1) seen.set((heads[next] as StepHead).id, (heads[next] as StepHead).output);
    return seen;
  };
}
