import type { JsonObject } from "../plan/json.ts";
import type { Ledger } from "./open-ledger.ts";

/** Schema of the alerts: one for each share of each budget in each period. */
export const ALERTS_TABLE = `CREATE TABLE IF NOT EXISTS alerts (
  id TEXT PRIMARY KEY, body TEXT NOT NULL, at_ms INTEGER NOT NULL, claimed_ms INTEGER NOT NULL, sent INTEGER NOT NULL
) STRICT`;

/** An alert that its worker has not sent by then is somebody else's to send. */
const CLAIM_MS = 30_000;

/** Notes an alert that is due; false where it was noted before. */
export function noteAlert({ db }: Ledger, { id, body, atMs }: { id: string; body: JsonObject; atMs: number }): boolean {
  return (
    db.prepare("INSERT OR IGNORE INTO alerts VALUES (?, ?, ?, 0, 0)").run(id, JSON.stringify(body), atMs).changes > 0
  );
}

/** Are there alerts that nobody has sent? */
export function hasUnsentAlerts({ db }: Ledger): boolean {
  return db.prepare("SELECT 1 FROM alerts WHERE sent = 0 LIMIT 1").get() !== undefined;
}

/** Takes the alerts that nobody has sent or is sending. */
export function claimAlerts(
  ledger: Ledger,
  nowMs: number,
): readonly { readonly id: string; readonly body: JsonObject }[] {
  return ledger.atomically(() => {
    const rows = ledger.db
      .prepare("UPDATE alerts SET claimed_ms = ? WHERE sent = 0 AND claimed_ms < ? RETURNING id, body, at_ms")
      .all(nowMs, nowMs - CLAIM_MS);
    return rows
      .toSorted((a, b) => (a["at_ms"] as number) - (b["at_ms"] as number))
      .map((row) => ({ id: row["id"] as string, body: JSON.parse(row["body"] as string) as JsonObject }));
  });
}

/** Says that an alert was sent. */
export function alertSent({ db }: Ledger, id: string): void {
  db.prepare("UPDATE alerts SET sent = 1 WHERE id = ?").run(id);
}
