import { join } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { createFileCollector } from "../language/compile/file-ref.ts";
import { AGENT_KINDS } from "../language/agent-kinds.ts";
import { parseAlerts, parseLimits } from "../language/costs/parse-limits.ts";
import { parsePrices } from "../language/costs/parse-price.ts";
import { type AgentChoice, checkChoiceNames, readAgentChoice } from "../language/parse-agent-choice.ts";
import { readCircuitBreaker, withCircuitBreaker } from "../language/parse-agent-profile.ts";
import { withPredefined } from "../language/predefined-agents.ts";
import { parseAgentSpec } from "../language/parse-agent-spec.ts";
import { parseCapabilities } from "../language/parse-capabilities.ts";
import { chosenTools } from "../language/tool-kinds/choose-tool.ts";
import type { ToolEntry } from "../language/tool-kinds/tool-entry.ts";
import { checkKeys } from "../language/reader.ts";
import { refuseOwnVariable } from "../language/refuse-own-variable.ts";
import type { JsonObject } from "../plan/json.ts";
import type { CapabilitySet } from "../plan/capabilities.ts";
import type { CostSettings } from "../plan/budget.ts";
import type { AgentSpec, CircuitBreakerSpec } from "../plan/agent-spec.ts";
import type { ToolSpec } from "../plan/plan.ts";
import { PROJECT_FILE, stateDirOf } from "./find-project.ts";
import { loadTools } from "./load-tools.ts";
import { readBytes, readConfig } from "./read-config.ts";

/** A project as its files describe it. */
export interface Project {
  readonly dir: string;
  readonly stateDir: string;
  /** False where there is no aiworkflow.yaml. */
  readonly configured: boolean;
  /** Those of aiworkflow.yaml; where it has none, the one that a key in the environment stands for. */
  readonly agents: { readonly [name: string]: AgentSpec };
  /** With those that every project has. */
  readonly allAgents: { readonly [name: string]: AgentSpec };
  /** Nobody configured it: there is a key for it in the environment. */
  readonly guessedAgent?: string;
  readonly defaultAgent?: string;
  /** `agent:` as the file says it, or the only agent there is. */
  readonly agentChoice?: AgentChoice;
  readonly circuitBreaker?: CircuitBreakerSpec;
  /** What `capabilities.yaml` says, by name or kind of agent. */
  readonly capabilities: { readonly [nameOrKind: string]: CapabilitySet };
  /** As a step without an agent reaches them; without those that are off. */
  readonly tools: { readonly [name: string]: ToolSpec };
  readonly toolEntries: { readonly [name: string]: ToolEntry };
  readonly env: { readonly [name: string]: string };
  readonly secrets: readonly string[];
  readonly retry?: JsonObject;
  readonly timeoutMs?: number;
  /** `prices`, `limits` and `alerts`. */
  readonly costs: CostSettings;
  readonly server: { readonly address?: string; readonly namespace?: string; readonly taskQueue?: string };
  /** Folder of the workflow files, relative to the project. */
  readonly workflowsPath: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly diagnostics: readonly Diagnostic[];
}

const KEYS = [
  "agent",
  "agents",
  "circuit-breaker",
  "env",
  "secrets",
  "retry",
  "timeout",
  "server",
  "workflows",
  "prices",
  "limits",
  "alerts",
];
const LATER: Readonly<Record<string, string>> = {
  logging: "log settings are not there yet",
  monitoring: "metrics are not there yet",
  credentials: "secrets come from the worker's environment for now",
};

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
    synonyms: { secret: "secrets", tools: "registry.yaml", budget: "limits" },
  });
  const agents: Record<string, AgentSpec> = {};
  const circuitBreaker = readCircuitBreaker(reader, "config/unknown-key");
  const configured = reader.map("agents");
  for (const name of Object.keys(configured?.object ?? {})) {
    const entry = configured?.map(name);
    const spec =
      entry === undefined ? undefined : parseAgentSpec(entry, collector, (path) => readBytes(join(dir, path)));
    if (spec !== undefined) agents[name] = withCircuitBreaker(spec, circuitBreaker);
  }
  const choice = readAgentChoice(reader, { badValue: "config/bad-value", unknownKey: "config/unknown-key" });
  const named = choice?.primary;
  const guessed = choice === undefined && Object.keys(agents).length === 0 ? agentOfEnvironment(env) : undefined;
  if (guessed !== undefined) agents[guessed] = { kind: guessed };
  const defaultAgent = named ?? guessed ?? (Object.keys(agents).length === 1 ? Object.keys(agents)[0] : undefined);
  const allAgents = withPredefined(agents, circuitBreaker);
  const known = Object.keys(allAgents);
  checkChoiceNames(reader, known);
  const agentChoice = choice ?? (defaultAgent === undefined ? undefined : { primary: defaultAgent, isName: true });
  refuseOwnVariable(reader, "env", "config/bad-value");
  const server = reader.map("server");
  if (server !== undefined)
    checkKeys(server, { known: ["address", "namespace", "task-queue"], unknownCode: "config/unknown-key" });
  const workflows = reader.map("workflows");
  if (workflows !== undefined) checkKeys(workflows, { known: ["path"], unknownCode: "config/unknown-key" });
  const toolEntries = loadTools(dir, collector, diagnostics);
  const timeoutMs = reader.durationMs("timeout");
  const retry = reader.map("retry")?.object;
  return {
    dir,
    stateDir: stateDirOf(dir),
    configured: config.exists,
    agents,
    allAgents,
    ...(guessed === undefined ? {} : { guessedAgent: guessed }),
    ...(defaultAgent === undefined ? {} : { defaultAgent }),
    ...(agentChoice === undefined ? {} : { agentChoice }),
    ...(circuitBreaker === undefined ? {} : { circuitBreaker }),
    capabilities: readCapabilities(dir, known, diagnostics),
    tools: chosenTools(toolEntries),
    toolEntries,
    env: reader.texts("env"),
    secrets: reader.names("secrets") ?? [],
    ...(retry === undefined ? {} : { retry }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    costs: withoutUndefined({
      prices: parsePrices(reader),
      limits: parseLimits(reader, known),
      alerts: parseAlerts(reader),
    }),
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

/** The agent that a key in the environment stands for. */
function agentOfEnvironment(env: { readonly [name: string]: string | undefined }): "anthropic" | "openai" | undefined {
  if (env["ANTHROPIC_API_KEY"]) return "anthropic";
  return env["OPENAI_API_KEY"] ? "openai" : undefined;
}

function withoutUndefined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
