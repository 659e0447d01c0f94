// The contract of a tool kind. May import plan, schema and processes. One file a kind in
// `kinds/`, one line in `tool-kinds.ts`. Start here.
import type { JsonObject, JsonValue } from "../plan/json.ts";
import type { ToolSpec } from "../plan/plan.ts";
import type { StepFailureOptions } from "../plan/step-failure.ts";
import type { Template } from "../plan/template.ts";

/** What a kind may use. `env` of the spec is resolved already. */
export interface ToolContext {
  readonly name: string;
  readonly spec: ToolSpec;
  /** Environment for the tool's process: given values only. */
  readonly given: JsonObject;
  readonly ownEnv: { readonly [name: string]: string | undefined };
  readonly projectDir: string;
  readonly stateDir: string;
  readonly signal: AbortSignal;
  /** Idempotency key of the call; undefined where tools are only listed. */
  readonly key?: string;
  /** The arguments are a model's, names and values. @default false */
  readonly forAgent?: boolean;
  /** For a kind whose operations a server describes: to be asked before each call. */
  readonly hold?: Hold;
  readFile(sha256: string): Promise<Uint8Array>;
  /** Masks secrets; what is cut goes through it first, because a part of a secret is not known for one. */
  mask(text: string): string;
  /** Makes a template of the spec whole, secrets as well. */
  resolve(template: Template): Promise<JsonValue>;
}

/** Holds a server to what it said before. */
export interface Hold {
  /** The run sees the operation for the first time: what the server said long ago is not what it says now. */
  readonly isFirst: boolean;
  /** Throws where what the server says now is something else. */
  check(definitions: readonly ToolDefinition[]): void;
}

/** One operation as offered to an agent and shown by `tools list`. */
export interface ToolDefinition {
  readonly tool: string;
  readonly operation: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
}

/** What a call gives. `isError`: the tool itself says that it failed. */
export interface ToolAnswer {
  readonly value: JsonValue;
  readonly isError: boolean;
  /** What a failure means for a step; an agent is told the value alone. @default retryable `tool/failed` */
  readonly failure?: StepFailureOptions & { readonly code: string };
}

/** One way to reach a tool. Throws `StepFailure` with codes `tool/…`. */
export interface ToolKind {
  readonly kind: string;
  describe(context: ToolContext): Promise<readonly ToolDefinition[]>;
  call(context: ToolContext, operation: string, args: JsonObject): Promise<ToolAnswer>;
}
