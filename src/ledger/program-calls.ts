import type { Effect } from "../plan/plan.ts";
import type { OwnCallReport } from "../plan/report.ts";
import type { Ledger } from "./open-ledger.ts";

/** Schema of the tool calls that programs make by themselves: what a later attempt must know of an earlier one. */
export const PROGRAM_CALLS_TABLE = `
CREATE TABLE IF NOT EXISTS program_calls (
  call TEXT NOT NULL, number INTEGER NOT NULL, operation TEXT NOT NULL, hash TEXT NOT NULL, nth INTEGER NOT NULL,
  arguments TEXT NOT NULL, effect TEXT NOT NULL, state TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (call, number)
) STRICT`;

/** Brings the table of an older ledger up to date: it did not know whose the calls are. */
export function updateProgramCalls({ db, atomically }: Ledger): void {
  const isNew = () =>
    db
      .prepare("PRAGMA table_info(program_calls)")
      .all()
      .some(({ name }) => name === "run");
  if (isNew()) return;
  // Another process may have been quicker.
  atomically(() => {
    if (isNew()) return;
    db.exec(
      `ALTER TABLE program_calls ADD COLUMN run TEXT NOT NULL DEFAULT '';
      ALTER TABLE program_calls ADD COLUMN path TEXT NOT NULL DEFAULT '';
      CREATE INDEX program_calls_by_run ON program_calls (run)`,
    );
  });
}

/** One tool call of a program. */
export interface ProgramCall {
  /** The model call that the program works for; the same over attempts. */
  readonly call: string;
  /** The run and the path in it for which the program works. */
  readonly run: string;
  readonly path: string;
  /** From 1, over all attempts. */
  readonly number: number;
  /** `tool.operation`. */
  readonly operation: string;
  /** Of the operation and its arguments. */
  readonly hash: string;
  /** Which one it is of the calls with this hash, from 1. */
  readonly nth: number;
  /** The beginning of the arguments, for people and for the program. */
  readonly arguments: string;
  readonly effect: Effect;
  readonly state: OwnCallReport["state"];
}

/** The tool calls that were made for a model call so far, in order. */
export function readProgramCalls({ db }: Ledger, call: string): readonly ProgramCall[] {
  return db
    .prepare(
      "SELECT call, run, path, number, operation, hash, nth, arguments, effect, state FROM program_calls WHERE call = ? ORDER BY number",
    )
    .all(call) as unknown as readonly ProgramCall[];
}

/** What programs have called for a run since a moment, in order of time. */
export function listProgramCalls({ db }: Ledger, run: string, sinceMs: number): readonly OwnCallReport[] {
  return db
    .prepare(
      `SELECT path, strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at, operation, arguments, state
       FROM program_calls WHERE run = ? AND at_ms >= ? ORDER BY at_ms, number`,
    )
    .all(run, sinceMs) as unknown as readonly OwnCallReport[];
}

/** Notes a call that is about to be made. */
export function noteProgramCall({ db }: Ledger, call: ProgramCall, atMs: number): void {
  db.prepare(
    `INSERT OR REPLACE INTO program_calls (call, run, path, number, operation, hash, nth, arguments, effect, state, at_ms)
     VALUES (:call, :run, :path, :number, :operation, :hash, :nth, :arguments, :effect, :state, :atMs)`,
  ).run({ ...call, atMs });
}

/** Notes what has become of a call. */
export function setProgramCall(
  { db }: Ledger,
  { call, number }: Pick<ProgramCall, "call" | "number">,
  state: ProgramCall["state"],
): void {
  db.prepare("UPDATE program_calls SET state = ? WHERE call = ? AND number = ?").run(state, call, number);
}

/** What these calls have cost together, US dollars; calls without a price are none in `calls`. */
export function readUsdOfCalls({ db }: Ledger, ids: readonly string[]): number {
  const sum = db.prepare("SELECT COALESCE(SUM(usd), 0) AS usd FROM calls WHERE id IN (SELECT value FROM json_each(?))");
  return (sum.get(JSON.stringify(ids)) as { usd: number }).usd;
}
