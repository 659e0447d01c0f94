import type { FileRef } from "./artifact.ts";
import type { JsonObject } from "./json.ts";
import type { Permission } from "./permissions.ts";

/** An agent as configured; `kind` names the provider, the rest is the provider's own settings, validated by it. */
export interface AgentSpec {
  readonly kind: string;
  readonly model?: string;
  /** Instructions that stand before every prompt. */
  readonly system?: string;
  readonly maxTokens?: number;
  /** Address of the API, for compatible servers. */
  readonly baseUrl?: string;
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
  /** Any other settings of the provider. */
  readonly options?: JsonObject;
}
