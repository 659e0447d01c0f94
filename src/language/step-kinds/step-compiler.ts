import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { Span } from "../../diagnostics/diagnostic.ts";
import type { JsonValue } from "../../plan/json.ts";
import type { CapabilitySet } from "../../plan/capabilities.ts";
import type { AgentSpec } from "../../plan/agent-spec.ts";
import type { Effect, OutputSpec, ToolSpec } from "../../plan/plan.ts";
import type { Step } from "../../plan/step.ts";
import type { Template } from "../../plan/template.ts";
import type { Fence } from "../parse/scan-markdown.ts";
import type { AgentChoice } from "../parse-agent-choice.ts";
import type { LoadedChild } from "../project-context.ts";
import type { ToolEntry } from "../tool-kinds/tool-entry.ts";
import type { Reader } from "../reader.ts";

/** What a kind is given to compile its part of a step. */
export interface StepDraft {
  readonly id: string;
  readonly reader: Reader;
  readonly prose: string;
  readonly script: Fence | undefined;
  readonly capabilities: { readonly [nameOrKind: string]: CapabilitySet };
  readonly agents: { readonly [name: string]: AgentSpec };
  /** Names of those that a strategy over all agents chooses among. */
  readonly pool: readonly string[];
  /** Of the front matter, over that of the project. */
  readonly agentChoice: AgentChoice | undefined;
  readonly tools: { readonly [name: string]: ToolSpec };
  /** All tools with all ways to them, also those that are off. */
  readonly toolEntries: { readonly [name: string]: ToolEntry };
  /** Content of the files of the tools, by SHA-256. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Grants of the front matter. */
  readonly grants: readonly string[];
  /** What the step must give back. */
  readonly output: OutputSpec | undefined;
  /** `with:`, from the step or from a `yaml with` block. */
  compileWith(): { readonly [name: string]: Template };
  /** The value under these keys of the step with its expressions. */
  compile(keys: readonly string[], value: JsonValue): Template;
  compileProse(): Template;
  /** Compiles the steps of a group. */
  children(): readonly Step[];
  readonly childCount: number;
  /** Compiles the workflow file that a step names. */
  loadChild(path: string): LoadedChild;
  complain(complaint: Omit<Complaint, "file">): void;
  /** The place of the heading. */
  readonly headingSpan: Span;
}

/** What a kind makes of a draft. */
export interface CompiledKind {
  readonly kind: string;
  /** The kind's own fields of the step in the plan. */
  readonly fields: object;
  /** Used unless the step names one. */
  readonly effect: Effect;
  readonly timeoutMs: number;
}

/** How the compiler treats one kind of step. */
export interface StepCompiler {
  readonly kind: string;
  /** The key that makes a step one of this kind; `undefined` for the kind of steps with prose only. */
  readonly key: string | undefined;
  /** Further keys that belong to this kind only. */
  readonly keys: readonly string[];
  /** Keys of any step that have no meaning in this kind, with what to write instead. */
  readonly refuses?: Readonly<Record<string, string | undefined>>;
  /** The prose, or a `md prompt` block, is put to an agent or to people. @default false */
  readonly asks?: boolean;
  /** May stand in `undo:`. @default false */
  readonly undoes?: boolean;
  compile(draft: StepDraft): CompiledKind | undefined;
}

/** What a step that no activity does has no use for. `retry` counts where a `verify` can fail. */
export const NO_ACTIVITY = {
  retry: undefined,
  timeout: undefined,
  heartbeat: undefined,
  effect: undefined,
  env: undefined,
  local: undefined,
} as const;

/** Five minutes: a script or tool call. */
export const ACTION_TIMEOUT_MS = 300_000;
/** Ten minutes: one model call. */
export const AGENT_TIMEOUT_MS = 600_000;
