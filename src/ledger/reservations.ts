import type { Amount, Cap } from "../plan/budget.ts";
import { writeAccounts } from "./calls.ts";
import type { Ledger } from "./open-ledger.ts";
import { readRaises } from "./raises.ts";
import { readSpent } from "./spent.ts";

/** Schema of what calls under way may cost. */
export const RESERVATIONS_TABLE = `CREATE TABLE IF NOT EXISTS reservations (
  id TEXT PRIMARY KEY, root TEXT NOT NULL, accounts TEXT NOT NULL, workflow TEXT NOT NULL, agent TEXT NOT NULL,
  model TEXT NOT NULL, usd REAL, tokens INTEGER NOT NULL, at_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
) STRICT`;

/** A reservation whose worker is silent for so long is nobody's any more. */
const RESERVATION_MS = 15_000;

/** A call that wants to be made. */
export interface Wish {
  /** As in `CallRecord`. */
  readonly id: string;
  readonly root: string;
  readonly accounts: readonly string[];
  readonly workflow: string;
  readonly agent: string;
  readonly model: string;
  /** What it costs at least, and at most. */
  readonly least: Amount;
  readonly most: Amount;
  /** What is reserved: what it may cost, or what its like have cost before where that was more. */
  readonly held: Amount;
  /** The model call of a program that makes this one: what that holds it needs itself, so nobody waits for it to come free. */
  readonly within?: string | undefined;
  /** No call of its agent and model has ever been paid: nobody knows whether they cost what they should. */
  readonly isFirst: boolean;
}

/** How a budget or limit stands. */
export interface Standing {
  /** Null where it does not limit them. */
  readonly usd: number | null;
  readonly tokens: number | null;
  readonly spent: Amount & { readonly usd: number };
  readonly reserved: Amount & { readonly usd: number };
}

/** What became of a wish. `wait`: there may be room when calls under way have ended and cost less than they might have. */
export type Verdict =
  | { readonly kind: "reserved" | "wait" }
  | { readonly kind: "refused"; readonly cap: Cap; readonly standing: Standing };

/** What a cap allows now, and how much of it is used. */
export function readStanding(ledger: Ledger, cap: Cap, not?: string): Standing {
  const { scope, startMs } = cap;
  const raised = readRaises(ledger, cap.key);
  const of = { scope, startMs, ...(not === undefined ? {} : { not }) };
  return {
    usd: cap.usd === undefined ? null : cap.usd + raised.usd,
    tokens: cap.tokens === undefined ? null : cap.tokens + raised.tokens,
    spent: readSpent(ledger, "calls", of),
    reserved: readSpent(ledger, "reservations", { ...of, startMs: 0 }),
  };
}

/**
 * Reserves what a call may cost at most, where every cap has room for it beside what is spent and reserved. The last call of a run or
 * period may pass its cap: it goes alone, so no more than one does. Of a step none may. `caps`: those that refuse anything.
 */
export function reserve(ledger: Ledger, wish: Wish, { caps, nowMs }: { caps: readonly Cap[]; nowMs: number }): Verdict {
  return ledger.atomically(() => {
    ledger.db.prepare("DELETE FROM reservations WHERE expires_ms <= ?").run(nowMs);
    let mustWait = false;
    for (const cap of caps) {
      const standing = countAsSpent(ledger, cap, { standing: readStanding(ledger, cap, wish.id), id: wish.within });
      const room = roomFor(wish, cap, standing);
      if (room === "none") return { kind: "refused", cap, standing };
      if (room === "later") mustWait = true;
    }
    if (mustWait || (caps.length > 0 && wish.isFirst && isUnderWay(ledger, wish))) return { kind: "wait" };
    const { id, root, accounts, workflow, agent, model, held } = wish;
    ledger.db
      .prepare("INSERT OR REPLACE INTO reservations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .run(
        id,
        root,
        writeAccounts(accounts),
        workflow,
        agent,
        model,
        held.usd,
        held.tokens,
        nowMs,
        nowMs + RESERVATION_MS,
      );
    return { kind: "reserved" };
  });
}

/** The standing with what one reservation holds counted as spent. */
function countAsSpent(
  ledger: Ledger,
  { scope }: Cap,
  { standing, id }: { readonly standing: Standing; readonly id: string | undefined },
): Standing {
  if (id === undefined) return standing;
  const [all, others] = [{}, { not: id }].map((not) =>
    readSpent(ledger, "reservations", { scope, startMs: 0, ...not }),
  );
  if (all === undefined || others === undefined) return standing;
  const { spent, reserved } = standing;
  const [usd, tokens] = [all.usd - others.usd, all.tokens - others.tokens];
  return {
    ...standing,
    spent: { usd: spent.usd + usd, tokens: spent.tokens + tokens },
    reserved: { usd: reserved.usd - usd, tokens: reserved.tokens - tokens },
  };
}

/** One call of a kind that nobody has paid for shows what they cost, before there are many of them. */
function isUnderWay({ db }: Ledger, { id, agent, model }: Wish): boolean {
  return (
    db.prepare("SELECT 1 FROM reservations WHERE agent = ? AND model = ? AND id <> ?").get(agent, model, id) !==
    undefined
  );
}

/** Says that the call of a reservation is still under way. */
export function renewReservation({ db }: Ledger, id: string, nowMs: number): void {
  db.prepare("UPDATE reservations SET expires_ms = ? WHERE id = ?").run(nowMs + RESERVATION_MS, id);
}

/** Gives back what was reserved. */
export function releaseReservation({ db }: Ledger, id: string): void {
  db.prepare("DELETE FROM reservations WHERE id = ?").run(id);
}

/** Sums of floating-point numbers miss by less than this. */
const EPSILON = 1e-9;

type Room = "now" | "later" | "none";

function roomFor({ least, most, held }: Wish, { isStep }: Cap, standing: Standing): Room {
  const rooms = (["usd", "tokens"] as const).map((unit): Room => {
    const limit = standing[unit];
    // What costs nothing of it is not held up by it.
    if (limit === null || (most[unit] === 0 && held[unit] === 0)) return "now";
    const spent = standing.spent[unit];
    const reserved = standing.reserved[unit];
    if (spent >= limit - EPSILON || spent + (least[unit] ?? 0) > limit + EPSILON) return "none";
    if (isStep && spent + (most[unit] ?? 0) > limit + EPSILON) return "none";
    return reserved <= EPSILON || spent + reserved + (held[unit] ?? 0) <= limit + EPSILON ? "now" : "later";
  });
  return rooms.find((room) => room === "none") ?? rooms.find((room) => room === "later") ?? "now";
}
