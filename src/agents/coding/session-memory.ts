import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import type { TokenUsage } from "../../plan/report.ts";
import { NO_TOKENS } from "../../plan/usage.ts";
import { parseJson } from "../../schema/check-schema.ts";
import type { AgentHost, Transcript } from "../provider.ts";

/** Tokens, and US dollars where the program knows. */
export interface Used {
  readonly used: TokenUsage;
  readonly usd: number | undefined;
}

/** What is known of a session, and what it used so far. */
export interface Session extends Used {
  readonly id: string;
  /** Of `used`, what the session's own counters do not have: starts of it that were cut off. */
  readonly uncounted?: TokenUsage | undefined;
  /** What the call used in sessions that were lost before this one. */
  readonly sunk?: Used | undefined;
}

/** Remembers the session of a call beyond the death of the worker. */
export interface SessionMemory {
  /** The session of an attempt that was cut off or failed. */
  readonly before: Session | undefined;
  remember(session: Session): void;
  /** To be called when the attempt ends while the worker lives: its note then travels with the failure. */
  forget(): void;
}

/**
 * The memory of one call. What is told by heartbeat can be a second late, and a worker may die within that second; so it is
 * also written beside the session itself, on this machine.
 */
export function openSessionMemory(host: AgentHost): SessionMemory {
  const name = createHash("sha256").update(host.key).digest("hex").slice(0, 32);
  const file = join(host.stateDir, "sessions", `${name}.json`);
  return {
    before: readSession(host.lastNote) ?? readSession(readNote(file)),
    remember(session) {
      const note = session as unknown as JsonObject;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(note), { mode: 0o600 });
      host.note(note);
    },
    forget: () => rmSync(file, { force: true }),
  };
}

/** The session in which the last answer of a conversation was given; another agent's conversation is none of this kind's. */
export function sessionOf({ messages }: Transcript, kind: string): Session | undefined {
  const last = messages.findLast((message) => message.role === "assistant");
  return last?.rawForm === kind ? readSession(last.raw) : undefined;
}

function readSession(value: JsonValue | undefined): Session | undefined {
  if (!isJsonObject(value) || typeof value["id"] !== "string") return undefined;
  const { id, sunk, uncounted } = value;
  return {
    id,
    ...readUsed(value),
    ...(isJsonObject(uncounted) ? { uncounted: readTokens(uncounted) } : {}),
    ...(isJsonObject(sunk) ? { sunk: readUsed(sunk) } : {}),
  };
}

function readUsed({ used, usd }: JsonObject): Used {
  return { used: readTokens(used), usd: typeof usd === "number" ? usd : undefined };
}

function readTokens(tokens: JsonValue | undefined): TokenUsage {
  return { ...NO_TOKENS, ...(isJsonObject(tokens) ? (tokens as unknown as TokenUsage) : {}) };
}

function readNote(file: string): JsonValue | undefined {
  try {
    return parseJson(readFileSync(file, "utf8"));
  } catch {
    // Nobody was cut off.
    return undefined;
  }
}
