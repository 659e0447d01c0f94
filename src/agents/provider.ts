// The contract of a provider of models, and the conversation in our own words. May import plan, schema and processes. One
// file a provider in `providers/`, one line in `registry.ts`. Start here.
import type { JsonObject, JsonValue } from "../plan/json.ts";
import type { AgentSpec } from "../plan/agent-spec.ts";
import type { Permission } from "../plan/permissions.ts";
import type { TokenUsage } from "../plan/report.ts";

/** A conversation; lies in the artifact store, never in history. */
export interface Transcript {
  readonly system: string | null;
  readonly messages: readonly Message[];
}

/** One message of a conversation. */
export type Message =
  | { readonly role: "user"; readonly text: string }
  | {
      readonly role: "assistant";
      readonly text: string;
      readonly calls: readonly WireCall[];
      /** What the provider wants back unchanged, such as thinking blocks. */
      readonly raw: JsonValue;
      /** Which API's words `raw` is in; absent in conversations that began before 0.2. */
      readonly rawForm?: string;
    }
  | { readonly role: "tool"; readonly results: readonly ToolResult[] };

/** A tool call in the provider's words. */
export interface WireCall {
  readonly id: string;
  /** Tool name on the wire, see `wire-name.ts`. */
  readonly name: string;
  /** JSON text as the model wrote it. */
  readonly argumentsJson: string;
}

/** What a tool answered. */
export interface ToolResult {
  readonly id: string;
  readonly name: string;
  readonly content: JsonValue;
  readonly isError: boolean;
}

/** A tool as offered to a model. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/** One model call. */
export interface ProviderRequest {
  readonly spec: AgentSpec;
  readonly transcript: Transcript;
  readonly tools: readonly OfferedTool[];
  /** The shape of the answer, where the step declares one. */
  readonly schema: JsonObject | undefined;
  readonly signal: AbortSignal;
  /** Says that the call lives; once per chunk is fine. */
  readonly alive: () => void;
  /** Tells a piece of the answer's text as it comes, for people who look on. */
  readonly said: (delta: string) => void;
  /** Makes calls of `tools` at once, for an agent that calls them while it works instead of asking for calls in its answer. */
  readonly ownCalls: OwnCalls;
  /**
   * Tells what the call has used so far: it counts where no answer comes. A program tells what it has used since the call's first
   * attempt, all others what this attempt has.
   */
  readonly spent: (told: Spent) => void;
  /** For agents that are programs of this machine. */
  readonly host: AgentHost;
  readonly apiKey: (defaultVariable: string) => string;
  /** Where in the run the call stands; the recorded provider answers by it. */
  readonly place: CallPlace;
  readonly readFile: (sha256: string) => Promise<Uint8Array>;
}

/** What an agent that is a program works with. */
export interface AgentHost {
  readonly projectDir: string;
  /** Machine state of the project: notes of child processes, folders of sessions. */
  readonly stateDir: string;
  /** Idempotency key of the call; processes that carry it end with it. */
  readonly key: string;
  /** The worker's environment. */
  readonly env: { readonly [name: string]: string | undefined };
  /** What an attempt that was cut off told by `note`, such as the id of its session. */
  readonly lastNote: JsonValue | undefined;
  /** Tells the next attempt. */
  note(note: JsonValue): void;
  /** Masks secrets; what is cut goes through it first. */
  mask(text: string): string;
  /** What the step lets it do on this machine. */
  readonly permissions: readonly Permission[];
}

/** Tool calls that an agent makes by itself. */
export interface OwnCalls {
  /** Those that earlier attempts have made, in words for the agent. */
  readonly before: readonly string[];
  /** Calls a tool by its name on the wire. Rejects where the step cannot go on; what the agent can mend is told to it. */
  make(name: string, args: JsonObject): Promise<Pick<ToolResult, "content" | "isError">>;
}

/** What a call that has not been answered has used. */
export type Spent = Pick<ProviderAnswer, "usd" | "model"> & { readonly usage: TokenUsage };

/** Where in a run a model call stands. */
export interface CallPlace {
  readonly stepPath: string;
  readonly stepId: string;
  readonly itemIndex: number | undefined;
  readonly repliesUsed: number;
  /** From 1. */
  readonly attempt: number;
}

/** What a model call gives. */
export interface ProviderAnswer {
  readonly text: string;
  /** An answer that is a value already. */
  readonly value?: JsonValue;
  readonly calls: readonly WireCall[];
  readonly raw: JsonValue;
  /** Which API's words `raw` is in; an API that does not know the form makes the message anew from text and calls. */
  readonly rawForm?: string;
  /** Undefined where the provider does not tell: not nothing, but unknown. */
  readonly usage: TokenUsage | undefined;
  /** US dollars, where the provider itself says what the call cost. */
  readonly usd?: number | undefined;
  /** Credits that the call took, for a provider that counts so. */
  readonly credits?: number;
  readonly model: string;
  /** How many recorded replies have been used up. */
  readonly repliesUsed: number;
}

/** What a check of health is made with. */
export type CheckRequest = Pick<ProviderRequest, "spec" | "signal" | "apiKey" | "readFile" | "host">;

/** One kind of agent. Throws `StepFailure` with codes `agent/…`; retries nothing itself. */
export interface Provider {
  readonly kind: string;
  /** It answers from a recording: nothing outside is called. @default false */
  readonly isPlayback?: boolean;
  call(request: ProviderRequest): Promise<ProviderAnswer>;
  /** Finds out without cost whether a call could succeed: is it there, does it take the key, has it the model? */
  check?(request: CheckRequest): Promise<void>;
}
