// The contract between compiler, interpreter, activities and reports. Plain readonly types: this room imports nothing
// outside itself, no npm package and no `node:` module, because the workflow sandbox loads it.
// Start here; `step.ts` has what one step holds, `report.ts` what a run tells, `messages.ts` how people talk to a run.
import type { AgentSpec } from "./agent-spec.ts";
import type { Budget, CostSettings } from "./budget.ts";
import type { FileRef } from "./artifact.ts";
import type { HttpSettings } from "./http-tool.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { Step } from "./step.ts";
import type { Template } from "./template.ts";

/** Raised by one when an old engine could misread a new plan. */
export const PLAN_FORMAT = 1;

/** A compiled workflow: everything a run needs, as JSON. The same file gives the same bytes. */
export interface Plan {
  readonly format: number;
  readonly name: string;
  readonly description?: string;
  readonly version?: string;
  readonly labels: { readonly [name: string]: string };
  readonly metadata: JsonObject;
  /** `sha256:` and the hash of everything that changes what a run does. */
  readonly digest: string;
  /** The workflow file, as it was named on the command line or relative to the project. */
  readonly file: string;
  readonly inputs: { readonly [name: string]: Field };
  /** Evaluated when the run ends. */
  readonly outputs: { readonly [name: string]: Template };
  /** Front matter `env`: literals and templates (also `$secret`). */
  readonly env: { readonly [name: string]: Template };
  /** Names of secrets that a step may use. */
  readonly secrets: readonly string[];
  /** Agents that a step names, with everything a call needs but keys. */
  readonly agents: { readonly [name: string]: AgentSpec };
  /** Tool servers that a step names or is granted. */
  readonly tools: { readonly [name: string]: ToolSpec };
  /** Run timeout; the time a run waits for people does not count. */
  readonly timeoutMs?: number;
  /** `timeMs`: working time of the run, as `timeoutMs`, but its end is a matter of budget. `spend`: what its model calls may cost. */
  readonly budget?: { readonly timeMs?: number; readonly spend?: Budget };
  /** What the project says of prices and limits, for a plan that calls models. */
  readonly costs?: CostSettings;
  readonly onFailure: "stop" | "continue" | "rollback";
  /** With `rollback`: only what was done after this savepoint or step is taken back. */
  readonly rollbackTo?: string;
  /** Only one run of a group works at a time. */
  readonly concurrency?: { readonly group: Template; readonly cancelInProgress: boolean };
  /** 1 (first) to 5. */
  readonly priority?: number;
  /** Tasks of different keys take turns. */
  readonly fairnessKey?: Template;
  /** False: `aiworkflow run` refuses to start it. @default true */
  readonly manual?: boolean;
  readonly steps: readonly Step[];
  /** Runs at the end of every run, however it ends. */
  readonly finally?: Step;
}

/** A declared input or output field. A JSON Schema subset in our words. */
export interface Field {
  readonly type: "string" | "number" | "integer" | "boolean" | "array" | "object";
  /** Inputs: default false. Fields of an output: default true. Always written out. */
  readonly required: boolean;
  readonly default?: JsonValue;
  readonly enum?: readonly JsonValue[];
  /** A linear-time regular expression for strings. */
  readonly pattern?: string;
  /** Least number, length or count of items. */
  readonly min?: number;
  readonly max?: number;
  readonly items?: Field;
  readonly properties?: { readonly [name: string]: Field };
  readonly description?: string;
}

/** What the step must give back: declared fields, or a whole JSON Schema. */
export type OutputSpec =
  | { readonly fields: { readonly [name: string]: Field } }
  | { readonly field: Field }
  | { readonly schema: JsonObject };

/** A tool server as configured; `kind` names the tool kind. */
export interface ToolSpec {
  readonly kind: string;
  /** `mcp` (stdio): program and arguments. */
  readonly command?: string;
  readonly args?: readonly string[];
  /** `mcp` (streamable HTTP): address, and headers as literals, `$secret` and lists of both. */
  readonly url?: string;
  readonly headers?: { readonly [name: string]: Template };
  /** A server describes its operations while a run goes on: what it says first is held against what it says later. */
  readonly pinned?: boolean;
  /** Values for the process: literals and `$secret`. */
  readonly env?: { readonly [name: string]: Template };
  /** `script` and `module`: the file, by digest. */
  readonly file?: FileRef;
  /** `openapi`, `http`: how its operations are called. */
  readonly http?: HttpSettings;
  /** Declared per operation; what a server tells itself is added at run time. */
  readonly operations: { readonly [operation: string]: OperationSpec };
  readonly timeoutMs?: number;
  /** Of all its operations together; held over all workers of a store. */
  readonly limits?: CallLimits;
  /** Other ways to the same operations, for when this one cannot be reached. */
  readonly fallbacks?: readonly ToolSpec[];
}

/** How many calls there may be. */
export interface CallLimits {
  /** Under way at once. */
  readonly concurrency?: number;
  readonly perMinute?: number;
}

/** One operation of a tool. */
export interface OperationSpec {
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters?: JsonObject;
  readonly effect?: Effect;
  readonly timeoutMs?: number;
  /** What one call costs, US dollars. */
  readonly usd?: number;
  readonly limits?: CallLimits;
}

/** What a repetition of a step would do to the world. */
export type Effect = "read" | "idempotent" | "at-most-once";
