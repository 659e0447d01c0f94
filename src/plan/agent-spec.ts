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
  /** What choices go by. */
  readonly profile?: AgentProfile;
  /** What all workers together keep to. */
  readonly rate?: AgentRate;
  /** When calls are held back because the API is down. */
  readonly circuitBreaker?: CircuitBreakerSpec;
  /** What its calls cost, where the price book does not know or is not meant. */
  readonly price?: Price;
  /** What is known of this agent better than of its kind. */
  readonly capabilities?: CapabilitySet;
  /** Any other settings of the provider. */
  readonly options?: JsonObject;
}

/** What is known of an agent beyond its capabilities. */
export interface AgentProfile {
  /** 0 to 1. */
  readonly accuracy?: number;
  readonly reliability?: number;
  readonly speed?: number;
  /** 1 is asked first. */
  readonly priority?: number;
  readonly tags?: readonly string[];
  /** Of a usual call. */
  readonly latencyMs?: number;
}

/** Limits of an agent. Those per minute hold for all agents of one provider and key. */
export interface AgentRate {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Calls under way at once. */
  readonly maxParallel?: number;
}

/** When a breaker opens and closes. */
export interface CircuitBreakerSpec {
  /** Failures in a row. @default 5 */
  readonly failureThreshold?: number;
  /** @default 30 s */
  readonly recoveryTimeoutMs?: number;
  /** Calls let through to try, and good ones to close it. @default 3 */
  readonly halfOpenMaxCalls?: number;
}
