import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chargeWithShare } from "../../src/costs/charge-with-share.ts";
import { claimAlerts, alertSent, noteAlert } from "../../src/ledger/alerts.ts";
import { recordCall } from "../../src/ledger/calls.ts";
import { recordChoice, totalChoices } from "../../src/ledger/choices.ts";
import { readDearest } from "../../src/ledger/dearest-call.ts";
import { type Ledger, openLedger } from "../../src/ledger/open-ledger.ts";
import { noteProgramCall, readProgramCalls } from "../../src/ledger/program-calls.ts";
import { recordRaise } from "../../src/ledger/raises.ts";
import { listCalls, pruneCalls, sumCosts } from "../../src/ledger/read-costs.ts";
import {
  readStanding,
  releaseReservation,
  renewReservation,
  reserve,
  type Wish,
} from "../../src/ledger/reservations.ts";
import type { Cap } from "../../src/plan/budget.ts";
import { NO_USAGE } from "../../src/plan/usage.ts";

let folder: string;
/** Two connections, as two workers have them. */
let one: Ledger;
let two: Ledger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-ledger-"));
  one = openLedger(folder);
  two = openLedger(folder);
});
afterEach(() => {
  one.close();
  two.close();
  rmSync(folder, { recursive: true });
});

const cap: Cap = {
  key: "budget/run",
  name: "the budget",
  usd: 1,
  scope: { account: "run" },
  startMs: 0,
  isStep: false,
  onLimit: "stop",
  alertAt: [],
};
const wish = (id: string, usd: number, more: Partial<Wish> = {}): Wish => {
  const amount = { usd, tokens: 100 };
  const least = { usd: usd / 10, tokens: 10 };
  const who = { root: "run", accounts: ["run"], workflow: "w", agent: "a", model: "m" };
  return { id, ...who, least, most: amount, held: amount, isFirst: false, ...more };
};
const ask = (ledger: Ledger, wanted: Wish, nowMs = 1000, caps: readonly Cap[] = [cap]) =>
  reserve(ledger, wanted, { caps, nowMs }).kind;
const pay = (ledger: Ledger, id: string, usd: number | null, atMs = 1000) => {
  recordCall(ledger, {
    id,
    run: "run",
    workflow: "w",
    step: "s",
    agent: "a",
    kind: "anthropic",
    model: "m",
    askedModel: "m",
    atMs,
    usage: { ...NO_USAGE, inputTokens: 100, usd: usd ?? 0, unpricedCalls: usd === null ? 1 : 0 },
    root: "run",
    accounts: ["run"],
    priceBook: "own",
    durationMs: 5,
    countedUsd: usd ?? 0.5,
    labels: {},
    answer: {},
  });
  releaseReservation(ledger, id);
};

describe("money is set aside for all workers at once", () => {
  test("while it is, who has no room beside it waits, whichever worker it asks", () => {
    expect(ask(one, wish("1", 0.6))).toBe("reserved");
    expect(ask(two, wish("2", 0.6))).toBe("wait");
    expect(ask(two, wish("3", 0.3))).toBe("reserved");
    pay(one, "1", 0.1);
    expect(ask(two, wish("2", 0.6))).toBe("reserved");
    expect(readStanding(one, cap)).toMatchObject({
      usd: 1,
      spent: { usd: 0.1 },
      reserved: { usd: expect.closeTo(0.9, 9) },
    });
  });

  test("the last call goes alone and may pass a run's budget; then nobody has room", () => {
    pay(one, "0", 0.9);
    expect(ask(one, wish("1", 0.5))).toBe("reserved");
    expect(ask(two, wish("2", 0.5))).toBe("wait");
    pay(one, "1", 0.5);
    expect(ask(two, wish("2", 0.5))).toBe("refused");
    expect(ask(two, wish("3", 5, { least: { usd: 2, tokens: 1 } }))).toBe("refused");
  });

  test("no call may pass a step's budget", () => {
    const step = { ...cap, isStep: true };
    pay(one, "0", 0.9);
    expect(ask(one, wish("1", 0.2), 1000, [step])).toBe("refused");
    expect(ask(one, wish("2", 0.1), 1000, [step])).toBe("reserved");
  });

  test("what a dead worker had set aside is free again, and not before", () => {
    expect(ask(one, wish("1", 0.9), 0)).toBe("reserved");
    expect(ask(two, wish("2", 0.9), 14_000)).toBe("wait");
    renewReservation(one, "1", 14_000);
    expect(ask(two, wish("2", 0.9), 16_000)).toBe("wait");
    expect(ask(two, wish("2", 0.9), 29_001)).toBe("reserved");
  });

  test("a call that is repeated takes its own over", () => {
    expect(ask(one, wish("1", 0.9))).toBe("reserved");
    expect(ask(two, wish("1", 0.9))).toBe("reserved");
    expect(readStanding(two, cap).reserved.usd).toBeCloseTo(0.9, 9);
  });

  test("the first call of an agent and model goes alone", () => {
    expect(ask(one, wish("1", 0.01, { isFirst: true }))).toBe("reserved");
    expect(ask(two, wish("2", 0.01, { isFirst: true }))).toBe("wait");
    expect(ask(two, wish("3", 0.01, { isFirst: true, agent: "other" }))).toBe("reserved");
  });

  test("what a person adds counts once", () => {
    pay(one, "0", 1);
    expect(ask(one, wish("1", 0.1))).toBe("refused");
    for (const ledger of [one, two]) recordRaise(ledger, { id: "yes", budget: cap.key, usd: 0.5 }, 1);
    expect(readStanding(two, cap).usd).toBe(1.5);
    expect(ask(two, wish("1", 0.1))).toBe("reserved");
  });

  test("a call of a stranger counts for budgets as the model that was asked for, and its cost is unknown", () => {
    pay(one, "1", null);
    expect(readStanding(one, cap).spent.usd).toBe(0.5);
    expect(sumCosts(one, "model", {}).total).toMatchObject({ usd: 0, unpricedCalls: 1 });
  });

  test("a new period begins with nothing spent", () => {
    const day = 86_400_000;
    pay(one, "1", 1, day - 1);
    const daily = (startMs: number): Cap => ({ ...cap, scope: { agent: "a" }, startMs });
    expect(ask(one, wish("2", 0.1), day - 1, [daily(0)])).toBe("refused");
    expect(ask(one, wish("2", 0.1), day, [daily(day)])).toBe("reserved");
  });

  test("eight processes that ask at once get no more than there is", () => {
    const program = `
      import { openLedger } from ${JSON.stringify(resolve("src/ledger/open-ledger.ts"))};
      import { reserve } from ${JSON.stringify(resolve("src/ledger/reservations.ts"))};
      const ledger = openLedger(${JSON.stringify(folder)});
      const [cap, wish] = JSON.parse(process.argv[1]);
      let got = 0;
      for (let n = 0; n < 40; n += 1)
        if (reserve(ledger, { ...wish, id: process.pid + "/" + n }, { caps: [cap], nowMs: 1000 }).kind === "reserved") got += 1;
      console.log(got);`;
    const run = `for n in 1 2 3 4 5 6 7 8; do "$0" --input-type=module -e "$1" "$2" & done; wait`;
    const output = execFileSync("sh", ["-c", run, process.execPath, program, JSON.stringify([cap, wish("", 0.01)])], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const got = output.trim().split("\n").map(Number);
    expect(got).toHaveLength(8);
    expect(got.reduce((sum, count) => sum + count, 0)).toBe(100);
  });
});

test("an alert is noted once, sent by one, and by another where that one has died", () => {
  expect(noteAlert(one, { id: "a", atMs: 1, body: { n: 1 } })).toBe(true);
  expect(noteAlert(two, { id: "a", atMs: 2, body: { n: 2 } })).toBe(false);
  expect(claimAlerts(one, 100_000)).toEqual([{ id: "a", body: { n: 1 } }]);
  expect(claimAlerts(two, 100_001)).toEqual([]);
  expect(claimAlerts(two, 131_000)).toHaveLength(1);
  alertSent(two, "a");
  expect(claimAlerts(one, 900_000)).toEqual([]);
});

test("a sub-agent has its share of the nearest budget, and counts to those that asked for it", () => {
  const budget = {
    usd: 2,
    tokens: 1001,
    onLimit: "stop",
    alertAt: [],
    name: "the budget",
    account: "run",
    isStep: false,
  } as const;
  const charge = { root: "run", accounts: ["run"], budgets: [budget] };
  const call = { run: "run", agentName: "scout", budgetShare: 0.25 };
  expect(chargeWithShare(charge, { ...call, stepPath: "a.b[1]" })).toBe(charge);
  expect(chargeWithShare(charge, { ...call, stepPath: "a.b[1]/scout-1/deep-2" })).toEqual({
    root: "run",
    accounts: ["run", "run#a.b[1]/scout-1", "run#a.b[1]/scout-1/deep-2"],
    budgets: [
      budget,
      {
        ...budget,
        name: "the share of scout in the budget",
        account: "run#a.b[1]/scout-1/deep-2",
        isStep: true,
        usd: 0.5,
        tokens: 250,
      },
    ],
  });
});

test("what a call waits for inside the lock takes no longer with a longer ledger", () => {
  const asked: string[] = [];
  const prepare = one.db.prepare.bind(one.db);
  one.db.prepare = (sql) => (asked.push(sql), prepare(sql));
  const ofRun: Cap = { ...cap, key: "limit/run", scope: { root: "run", model: "m" } };
  const ofDay: Cap = { ...cap, key: "limit/day", scope: { workflow: "w" } };
  expect(ask(one, wish("1", 0.25), 1000, [cap, ofRun, ofDay])).toBe("reserved");
  pay(one, "1", 0.25);
  readDearest(one, { agent: "a", model: "m" });
  const plans = asked.flatMap((sql) =>
    prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail)),
  );
  expect(plans.join("\n")).toContain("totals");
  expect(plans.filter((plan) => /SCAN (calls|totals|days)|calls_by_time|TEMP B-TREE/.test(plan))).toEqual([]);
});

describe("the ledger's calls", () => {
  test("are summed by what is asked, and forgotten before a day", () => {
    const day = 86_400_000;
    pay(one, "1", 0.25, day);
    pay(one, "2", 0.5, 2 * day);
    pay(one, "3", 0.125, 2 * day + 1);
    expect(sumCosts(two, "day", {}).rows.map(({ key, usd, calls }) => [key, usd, calls])).toEqual([
      ["1970-01-02", 0.25, 1],
      ["1970-01-03", 0.625, 2],
    ]);
    expect(sumCosts(two, "agent", { sinceMs: 2 * day, model: "M" }).total).toMatchObject({
      calls: 2,
      inputTokens: 200,
    });
    expect(pruneCalls(two, 2 * day, true)).toMatchObject({ calls: 1, usd: 0.25 });
    expect(pruneCalls(two, 2 * day, false)).toMatchObject({ calls: 1, usd: 0.25 });
    expect(listCalls(one, {}, 10).map(({ id }) => id)).toEqual(["3", "2"]);
    expect(readStanding(one, cap).spent).toMatchObject({ calls: 2, usd: 0.625 });
    expect(readStanding(one, { ...cap, scope: { root: "run", agent: "b" } }).spent).toMatchObject({ tokens: 0 });
  });

  test("are forgotten with what programs called and which agents were chosen", () => {
    const now = Date.now();
    for (const [run, atMs] of [
      ["old", now - 1000],
      ["new", now],
    ] as const) {
      const call = { call: run, run, path: "p", number: 1, operation: "t.o", hash: "h", nth: 1, arguments: "secret" };
      noteProgramCall(one, { ...call, effect: "read", state: "answered" }, atMs);
      recordChoice(one, { id: run, run, workflow: run, step: "s", agent: "a", decision: "use_primary", atMs });
    }
    pruneCalls(one, now, true);
    expect(readProgramCalls(two, "old")).toHaveLength(1);
    pruneCalls(one, now, false);
    expect([readProgramCalls(two, "old").length, readProgramCalls(two, "new").length]).toEqual([0, 1]);
    expect([totalChoices(two, "old").length, totalChoices(two, "new").length]).toEqual([0, 1]);
  });

  test("are read by nobody but their owner", () => {
    const own = mkdtempSync(join(tmpdir(), "aiworkflow-ledger-"));
    const ledger = openLedger(own);
    pay(ledger, "x", 1);
    const files = readdirSync(own);
    expect(files).toContain("ledger.db-wal");
    expect(files.filter((name) => (statSync(join(own, name)).mode & 0o077) !== 0)).toEqual([]);
    ledger.close();
    rmSync(own, { recursive: true });
  });

  test("of an older ledger are taken over", () => {
    const old = mkdtempSync(join(tmpdir(), "aiworkflow-ledger-"));
    try {
      const db = new DatabaseSync(join(old, "ledger.db"));
      db.exec(`CREATE TABLE calls (
        id TEXT PRIMARY KEY, run TEXT NOT NULL, workflow TEXT NOT NULL, step TEXT NOT NULL,
        agent TEXT NOT NULL, kind TEXT NOT NULL, model TEXT NOT NULL, at_ms INTEGER NOT NULL,
        input_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL, usd REAL, answer TEXT NOT NULL) STRICT;
        INSERT INTO calls VALUES ('x', 'r', 'w', 's', 'a', 'k', 'm', 1, 1, 0, 0, 1, 0, NULL, '{}')`);
      db.close();
      const ledger = openLedger(old);
      expect(listCalls(ledger, { run: "r" }, 10)).toMatchObject([{ id: "x", root: "r", usd: null, labels: {} }]);
      pay(ledger, "y", 1);
      expect(sumCosts(ledger, "run", {}).total.calls).toBe(2);
      const ofRun = { ...cap, scope: { root: "r" } };
      expect(readStanding(ledger, ofRun).spent).toEqual({ calls: 1, usd: 0, tokens: 2 });
      expect(readStanding(ledger, { ...cap, scope: { account: "r" } })).toEqual(readStanding(ledger, ofRun));
      ledger.close();
    } finally {
      rmSync(old, { recursive: true });
    }
  });
});
