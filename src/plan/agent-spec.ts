import type { FileRef } from "./artifact.ts";
import type { CapabilitySet } from "./capabilities.ts";
import type { JsonObject } from "./json.ts";
import type { Price } from "./price.ts";
import type { Permission } from "./permissions.ts";

/** An agent as configured; `kind` names the provider, the rest is the provider's own settings, validated by it. */
export interface AgentSpec {
  /** For a provider of the project's own, the path of its file. */
  readonly kind: string;
  /** The file of a provider of the project's own. */
  readonly module?: FileRef;
  readonly model?: string;
  /** Instructions that stand before every prompt. */
  readonly system?: string;
  readonly maxTokens?: number;
  /** Address of the API, for compatible servers. */
  readonly baseUrl?: string;
  /** Tokens that its context window holds, where they are known. */
  readonly contextTokens?: number;
  /** Name of the environment variable that holds the key. */
  readonly apiKeyEnv?: string;
  /** Agents that are programs: the program, where it is not the one on PATH. */
  readonly command?: string;
  /** Agents that are programs: where they work, relative to the project. @default the project's folder */
  readonly workdir?: string;
  /** Agents that are programs: what they may do, where the step says nothing. @default read */
  readonly permissions?: readonly Permission[];
  /** `recorded`: the file of replies. */
  readonly replies?: FileRef;
  /** What its calls cost, where the price book does not know or is not meant. */
  readonly price?: Price;
  /** What is known of this agent better than of its kind. */
  readonly capabilities?: CapabilitySet;
  /** Any other settings of the provider. */
  readonly options?: JsonObject;
}
