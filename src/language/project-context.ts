import type { CapabilitySet } from "../plan/capabilities.ts";
import type { Complaint } from "../diagnostics/create-diagnostic.ts";
import type { CostSettings } from "../plan/budget.ts";
import type { AgentSpec, CircuitBreakerSpec } from "../plan/agent-spec.ts";
import type { Plan, ToolSpec } from "../plan/plan.ts";
import type { AgentChoice } from "./parse-agent-choice.ts";
import type { JsonObject } from "../plan/json.ts";
import type { ToolEntry } from "./tool-kinds/tool-entry.ts";

/** What surrounds a workflow file: the project's configuration, read already. */
export interface ProjectContext {
  /** What `capabilities.yaml` says, by name or kind of agent. */
  readonly capabilities?: { readonly [nameOrKind: string]: CapabilitySet };
  readonly agents: { readonly [name: string]: AgentSpec };
  /** `agent:` of the project. */
  readonly agentChoice?: AgentChoice;
  /** `circuit-breaker:` of the project, for agents that say nothing of their own. */
  readonly circuitBreaker?: CircuitBreakerSpec;
  readonly tools: { readonly [name: string]: ToolSpec };
  /** All ways to the tools, where some have several. */
  readonly toolEntries?: { readonly [name: string]: ToolEntry };
  /** Content of the files of the tools, by SHA-256. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  readonly env: { readonly [name: string]: string };
  readonly secrets?: readonly string[];
  /** `retry:` of the project, as written. */
  readonly retry?: JsonObject;
  readonly timeoutMs?: number;
  readonly costs?: CostSettings;
  /** Content of a file beside the workflow; undefined where there is none. */
  readFile(path: string): Uint8Array | undefined;
  /** Compiles another workflow file, named as in this one. */
  loadWorkflow?(path: string): LoadedChild;
  /** From the command line; wins over everything. */
  readonly agentOverride?: string;
}

/** A workflow that a step calls: its plan, or why there is none. */
export type LoadedChild =
  | { readonly plan: Plan; readonly files: ReadonlyMap<string, Uint8Array> }
  | { readonly fault: Pick<Complaint, "code" | "message" | "hint"> };
