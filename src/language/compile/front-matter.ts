import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../../plan/json.ts";
import type { AgentSpec } from "../../plan/agent-spec.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Template } from "../../plan/template.ts";
import type { Source } from "../parse/read-source.ts";
import { checkChoiceNames, joinChoices, readAgentChoice } from "../parse-agent-choice.ts";
import { withCircuitBreaker } from "../parse-agent-profile.ts";
import { openPool, withPredefined } from "../predefined-agents.ts";
import { parseAgentSpec } from "../parse-agent-spec.ts";
import { parseFields } from "../parse-field.ts";
import type { ProjectContext } from "../project-context.ts";
import { entriesOf } from "../tool-kinds/choose-tool.ts";
import { checkKeys, createReader, type Reader } from "../reader.ts";
import { refuseOwnVariable } from "../refuse-own-variable.ts";
import { slugOf } from "../slug.ts";
import { parseYaml } from "../yaml/parse-yaml.ts";
import { checkSavepoints } from "./check-savepoints.ts";
import { compileTemplate, type ExpressionSite } from "./check-values.ts";
import type { FileCollector } from "./file-ref.ts";
import { orderSteps } from "./order-steps.ts";
import { readRetry } from "./parse-retry.ts";
import { placeIn } from "./place-in.ts";
import { flattenHeads, type StepHead } from "./read-steps.ts";
import { readRunSettings, type RunSettings } from "./run-settings.ts";
import { createVisibility, type VisibleSteps } from "./visible-steps.ts";
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
  "on",
  "budget",
  "priority",
  "fairness-key",
  "concurrency",
];
const LATER: Readonly<Record<string, string>> = {
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

const NO_STEPS: VisibleSteps = { has: () => false, get: () => undefined, keys: () => [], whyNot: () => undefined };

interface FileParts {
  readonly file: string;
  readonly folder: string;
  readonly source: Source;
  /** The steps of the first level. */
  readonly heads: readonly StepHead[];
  readonly collector: FileCollector;
  readonly diagnostics: Diagnostic[];
}

type Head = RunSettings &
  Pick<
    Plan,
    "name" | "description" | "version" | "labels" | "metadata" | "inputs" | "outputs" | "env" | "secrets" | "timeoutMs"
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
  const configured = { ...project.agents, ...readAgents(reader, collector, project) };
  const agents = withPredefined(configured, project.circuitBreaker);
  refuseOwnVariable(reader, "env", "workflow/bad-value");
  const env = { ...project.env, ...reader.map("env")?.object };
  const secrets = [...new Set([...(project.secrets ?? []), ...(reader.names("secrets") ?? [])])];
  const orders = orderSteps(heads);
  const visible = createVisibility(heads, orders);
  const lists = new Set(flattenHeads(heads).flatMap((head) => (head.reader.has("for-each") ? [head.id] : [])));
  const site = (earlier: VisibleSteps): ExpressionSite => ({
    file,
    diagnostics,
    inputs,
    earlier,
    lists,
    env: new Set(Object.keys(env)),
    secrets: new Set(secrets),
    secretsAllowed: false,
  });
  const nothing = site(NO_STEPS);
  const compile = (key: string, value: JsonObject, where: ExpressionSite) =>
    compileTemplate(value, where, placeIn(reader, key)) as { readonly [name: string]: Template };
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
    outputs: compile("outputs", reader.map("outputs")?.object ?? {}, site(visible.everything)),
    env: compile("env", env, { ...nothing, secretsAllowed: true }),
    secrets,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...readRunSettings(reader, {
      compile: (keys, value) => compileTemplate(value, nothing, placeIn(reader, ...keys)),
      agents: Object.keys(agents),
    }),
  };
  checkSavepoints(heads, reader, head.rollbackTo);
  const { agentOverride } = project;
  const own = readAgentChoice(reader, { badValue: "workflow/bad-value", unknownKey: "workflow/unknown-key" });
  checkChoiceNames(reader, Object.keys(agents), agentOverride);
  const above = joinChoices(project.agentChoice, own);
  const agentChoice = agentOverride === undefined ? above : { primary: agentOverride, isName: true };
  const frame: WorkflowFrame = {
    file,
    diagnostics,
    agents,
    pool: openPool(configured),
    capabilities: project.capabilities ?? {},
    agentChoice,
    tools: project.tools,
    toolEntries: project.toolEntries ?? entriesOf(project.tools),
    files: project.files ?? new Map(),
    grants: reader.names("tools") ?? [],
    retry: { ...readRetry(createReader({ retry: project.retry ?? {} }, base)), ...readRetry(reader) },
    stepEnv: env,
    orders,
    siteOf: (step) => site(visible.before(step)),
    loadChild: (path) =>
      project.loadWorkflow?.(path) ?? { fault: { code: "step/unknown-workflow", message: `${path} cannot be read` } },
  };
  return { frame, head };
}

function readFrontMatter({ file, source, diagnostics }: FileParts): Reader {
  const none = { spanOf: (): Span => ({ line: 1, column: 1, endLine: 1, endColumn: 2 }) };
  if (source.frontMatter === undefined)
    return createReader({}, { file, yaml: none, diagnostics, badValue: "workflow/bad-value" });
  const yaml = parseYaml(source.frontMatter, { file, line: source.frontMatterLine, column: 1 });
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
    if (spec !== undefined) found[name] = withCircuitBreaker(spec, project.circuitBreaker);
  }
  return found;
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
