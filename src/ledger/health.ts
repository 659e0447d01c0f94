import type { AgentSpec } from "../plan/agent-spec.ts";
import type { Ledger } from "./open-ledger.ts";

/** Schema of what is known of the health of agents. */
export const HEALTH_TABLE = `CREATE TABLE IF NOT EXISTS health (
  target TEXT PRIMARY KEY, last_check_ms INTEGER NOT NULL, latency_ms INTEGER NOT NULL,
  consecutive_failures INTEGER NOT NULL, error TEXT
) STRICT`;

/** How an agent was when somebody last called or checked it. */
export interface Health {
  readonly lastCheckMs: number;
  readonly latencyMs: number;
  /** 0: it is well. */
  readonly consecutiveFailures: number;
  readonly error: string | null;
}

/** What came of a call or a check. */
export interface HealthNote {
  readonly atMs: number;
  readonly latencyMs: number;
  /** Undefined where it was answered. */
  readonly error: string | undefined;
}

/** Where a call of the agent goes; two agents of one address, model and key are well or ill together. */
function targetOf({ kind, baseUrl = "", model = "", apiKeyEnv = "", module }: AgentSpec): string {
  return [kind, baseUrl, model, apiKeyEnv, module?.sha256 ?? ""].join(" ");
}

/** What is known of an agent; undefined where nobody has called it. */
export function findHealth({ db }: Ledger, agent: AgentSpec): Health | undefined {
  const row = db.prepare("SELECT * FROM health WHERE target = ?").get(targetOf(agent));
  if (row === undefined) return undefined;
  return {
    lastCheckMs: row["last_check_ms"] as number,
    latencyMs: row["latency_ms"] as number,
    consecutiveFailures: row["consecutive_failures"] as number,
    error: row["error"] as string | null,
  };
}

/** Keeps what came of a call or a check. */
export function noteHealth({ db }: Ledger, agent: AgentSpec, { atMs, latencyMs, error }: HealthNote): void {
  db.prepare(
    `INSERT INTO health VALUES (:target, :atMs, :latencyMs, :failures, :error)
      ON CONFLICT (target) DO UPDATE SET last_check_ms = :atMs, latency_ms = :latencyMs, error = :error,
        consecutive_failures = CASE WHEN :failures = 0 THEN 0 ELSE consecutive_failures + 1 END`,
  ).run({
    target: targetOf(agent),
    atMs,
    latencyMs: Math.round(latencyMs),
    error: error ?? null,
    failures: error === undefined ? 0 : 1,
  });
}
