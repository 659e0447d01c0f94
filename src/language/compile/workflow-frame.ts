import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { CapabilitySet } from "../../plan/capabilities.ts";
import type { AgentSpec } from "../../plan/agent-spec.ts";
import type { ToolSpec } from "../../plan/plan.ts";
import type { ValueType } from "../../expressions/type-model.ts";
import type { Template } from "../../plan/template.ts";
import type { ExpressionSite } from "./check-values.ts";
import type { AgentChoice } from "../parse-agent-choice.ts";
import type { PartialRetry } from "./parse-retry.ts";
import type { LoadedChild } from "../project-context.ts";
import type { ToolEntry } from "../tool-kinds/tool-entry.ts";
import type { StepOrder } from "./order-steps.ts";
import type { StepHead } from "./read-steps.ts";

/** What all steps of a file share while they are compiled. */
export interface WorkflowFrame {
  readonly file: string;
  readonly diagnostics: Diagnostic[];
  readonly capabilities: { readonly [nameOrKind: string]: CapabilitySet };
  readonly agents: { readonly [name: string]: AgentSpec };
  /** Names of those that a strategy over all agents chooses among. */
  readonly pool: readonly string[];
  /** Of the front matter, over that of the project. */
  readonly agentChoice: AgentChoice | undefined;
  readonly tools: { readonly [name: string]: ToolSpec };
  readonly toolEntries: { readonly [name: string]: ToolEntry };
  /** Content of the files of the tools, by SHA-256. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly grants: readonly string[];
  readonly retry: PartialRetry;
  /** Front matter `env`, which every script gets. */
  readonly env: { readonly [name: string]: Template };
  /** By id: the type of the output of each step that has been compiled; of one item, where it is a for-each. */
  readonly shapes: Map<string, ValueType>;
  /** What each step waits for. */
  readonly orders: ReadonlyMap<StepHead, StepOrder>;
  /** What expressions of a step may see, loops of its own left out. */
  siteOf(head: StepHead): ExpressionSite;
  /** Compiles the workflow file that a step names. */
  loadChild(path: string): LoadedChild;
}
