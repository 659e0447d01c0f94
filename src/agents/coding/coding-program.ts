// Coding agents: programs of this machine that work on a step by themselves. What one such program is, in our words; each is
// one file in `providers/`. `coding-agent.ts` runs them. Imports what a provider may. Start here.
import type { JsonObject, JsonValue } from "../../plan/json.ts";
import type { ProgramSettings } from "../../plan/programs.ts";
import type { TokenUsage } from "../../plan/report.ts";
import type { StepFailure } from "../../plan/step-failure.ts";
import type { CheckRequest, ProviderRequest } from "../provider.ts";

/** How to start a program, and how to understand it. */
export interface CodingProgram {
  readonly kind: string;
  readonly settings: ProgramSettings;
  /** How a person logs in. */
  readonly logIn: string;
  /** Variables of the worker's environment that it sees besides those that every child sees. */
  readonly variables: readonly string[];
  /** Where it looks for a key: the variables that may hold one, the first is the one that `api-key-env` is handed on in. */
  readonly keyVariables: readonly [string, ...string[]];
  /** What it prints, or tells, where nobody is logged in. */
  readonly notLoggedIn: RegExp;
  /** What it prints, or tells, where there is no such model; the words that match are told to people. */
  readonly modelUnknown: RegExp;
  /** A failure that says no more than that its log does, which is on stderr. */
  readonly seeLog?: RegExp;
  /** What it prints, or tells, where it does not have the session that it is to go on with. */
  readonly sessionLost: RegExp;
  /** Without a key: true where a login is kept on this machine, or none is needed. @default it is started and says so itself */
  readonly hasLogin?: (request: CheckRequest, env: Readonly<Record<string, string>>) => boolean;
  /** True for a shape that the program itself holds the model to; else the prompt asks for it. */
  readonly takesSchema: (schema: JsonObject) => boolean;
  launch(start: Start): Promise<Launch>;
  /** What is known after one more line of its output. */
  read(heard: Heard, event: JsonObject): Heard;
}

/** What one start of a program is for. */
export interface Start {
  readonly request: ProviderRequest;
  readonly prompt: string;
  /** The session to go on with; undefined: a new one. */
  readonly session: string | undefined;
  /** Where it finds the tools of the step; undefined: it has none. */
  readonly tools: ToolServer | undefined;
  /** Variables that whatever the program starts has to carry: it ends with the attempt by them. */
  readonly marks: Readonly<Record<string, string>>;
  /** A folder for files of this start alone. */
  readonly folder: string;
}

/** The one MCP server that a program is told of, by the name `TOOL_SERVER`. */
export interface ToolServer {
  readonly url: string;
  /** The variable of its environment that holds the token which the server wants. */
  readonly tokenVariable: string;
}

/** What programs know the server by. */
export const TOOL_SERVER = "tools";

/** No limit of the program's own for a tool call: each has that of its tool. */
export const NO_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/** How a program is started. Nothing in `args` is secret: everybody on the machine can read them. */
export interface Launch {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

/** What a program has told so far. */
export interface Heard {
  readonly session?: string | undefined;
  readonly model?: string | undefined;
  readonly text: string;
  readonly value?: JsonValue | undefined;
  /** What the session has used, all starts of it together. */
  readonly used: TokenUsage;
  /** The message of its model that was counted last. */
  readonly lastMessage?: string;
  /** Of `used`, what the session's own counters will not have should this start be cut off, and what they do not have by now. */
  readonly uncounted?: TokenUsage | undefined;
  readonly uncountedBefore?: TokenUsage | undefined;
  /** US dollars of the same, where the program knows. */
  readonly usd?: number | undefined;
  /** It says that it failed. */
  readonly failure?: StepFailure | undefined;
  /** It says that it is done. */
  readonly done: boolean;
}
