import type { RouteDecision } from "../plan/route.ts";
import type { Ledger } from "./open-ledger.ts";

/** Schema of the choices made, and of whose turn it is where agents take turns. */
export const CHOICES_TABLE = `CREATE TABLE IF NOT EXISTS choices (
  id TEXT PRIMARY KEY, run TEXT NOT NULL, workflow TEXT NOT NULL, step TEXT NOT NULL,
  agent TEXT, decision TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT; CREATE TABLE IF NOT EXISTS rotations (name TEXT PRIMARY KEY, turn INTEGER NOT NULL) STRICT`;

/** One choice of an agent; `agent` is null where nobody was chosen. */
export interface ChoiceRecord {
  readonly id: string;
  readonly run: string;
  readonly workflow: string;
  readonly step: string;
  readonly agent: string | null;
  readonly decision: RouteDecision;
  readonly atMs: number;
}

/** How often a decision fell on an agent. */
export interface ChoiceTotal {
  readonly decision: RouteDecision;
  readonly agent: string | null;
  readonly count: number;
}

/** Keeps a choice; the first one of its id counts. */
export function recordChoice({ db }: Ledger, { id, run, workflow, step, agent, decision, atMs }: ChoiceRecord): void {
  db.prepare("INSERT OR IGNORE INTO choices VALUES (?, ?, ?, ?, ?, ?, ?)").run(
    id,
    run,
    workflow,
    step,
    agent,
    decision,
    atMs,
  );
}

/** Totals by decision and agent, of one workflow or of all. */
export function totalChoices({ db }: Ledger, workflow?: string): readonly ChoiceTotal[] {
  const rows = db
    .prepare(
      `SELECT decision, agent, COUNT(*) AS n FROM choices WHERE :workflow IS NULL OR workflow = :workflow
       GROUP BY decision, agent ORDER BY decision, agent`,
    )
    .all({ workflow: workflow ?? null });
  return rows.map((row) => ({
    decision: row["decision"] as RouteDecision,
    agent: row["agent"] as string | null,
    count: row["n"] as number,
  }));
}

/** How many turns a rotation has taken. */
export function readRotation({ db }: Ledger, name: string): number {
  const row = db.prepare("SELECT turn FROM rotations WHERE name = ?").get(name);
  return (row?.["turn"] as number | undefined) ?? 0;
}

/** Takes the next turn. */
export function takeRotation({ db }: Ledger, name: string): void {
  db.prepare("INSERT INTO rotations VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET turn = turn + 1").run(name);
}
