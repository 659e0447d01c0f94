import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Circuit, NEW_CIRCUIT } from "../../src/plan/circuit.ts";
import { admitCall, noteFailure, noteSuccess } from "../../src/routing/circuit-breaker.ts";
import { findTurn, WINDOW_MS } from "../../src/routing/find-turn.ts";

describe("a breaker", () => {
  const error = { code: "agent/server-error", message: "500" };
  const fail = (circuit: Circuit, nowMs: number, isProbe = false) =>
    noteFailure(circuit, undefined, { nowMs, error, isProbe });
  const succeed = (circuit: Circuit, isProbe = true) =>
    noteSuccess(circuit, undefined, { nowMs: 1, latencyMs: 5, isProbe });
  const open = [1, 2, 3, 4, 5].reduce((circuit) => fail(circuit, 1000), NEW_CIRCUIT);

  test("opens at the fifth failure in a row, not at the fifth of all", () => {
    expect(open).toMatchObject({ state: "open", failures: 5, openedAtMs: 1000 });
    const broken = succeed(fail(fail(fail(fail(NEW_CIRCUIT, 1), 1), 1), 1));
    expect(fail(broken, 1)).toMatchObject({ state: "closed", failures: 1 });
  });

  test("lets nothing through for 30 s, then three at once and no fourth", () => {
    expect(admitCall(open, undefined, { nowMs: 30_999, probes: 0 })).toEqual({ admitted: false, againAfterMs: 1 });
    const half = admitCall(open, undefined, { nowMs: 31_000, probes: 0 });
    expect(half).toMatchObject({ admitted: true, isProbe: true, circuit: { state: "half_open" } });
    const { circuit } = half as { circuit: Circuit };
    expect(admitCall(circuit, undefined, { nowMs: 31_000, probes: 2 }).admitted).toBe(true);
    expect(admitCall(circuit, undefined, { nowMs: 31_000, probes: 3 }).admitted).toBe(false);
    expect(admitCall(succeed(circuit), undefined, { nowMs: 31_000, probes: 2 }).admitted).toBe(false);
    expect(succeed(succeed(succeed(circuit)))).toMatchObject({ state: "closed", failures: 0 });
    expect(fail(succeed(circuit), 40_000, true)).toMatchObject({ state: "open", openedAtMs: 40_000 });
  });

  test("is not moved by late answers of calls from before it opened", () => {
    expect(succeed(open, false).state).toBe("open");
    const half = { ...open, state: "half_open" as const };
    expect(fail(half, 40_000, false).state).toBe("half_open");
    expect(succeed(half, false)).toEqual(half);
  });
});

describe("turns", () => {
  test("go at once while there is room, and then as the oldest leaves the minute", () => {
    const taken = [1000, 2000, 3000].map((atMs) => ({ atMs, tokens: 10 }));
    expect(findTurn(taken, { requestsPerMinute: 4 }, { nowMs: 5000, tokens: 1 })).toBe(5000);
    expect(findTurn(taken, { requestsPerMinute: 3 }, { nowMs: 5000, tokens: 1 })).toBe(61_000);
    expect(findTurn(taken, { tokensPerMinute: 30 }, { nowMs: 5000, tokens: 15 })).toBe(62_000);
    expect(findTurn(taken, { tokensPerMinute: 30 }, { nowMs: 5000, tokens: 500 })).toBe(63_000);
  });

  test("whatever comes: in no minute there are more requests or tokens than allowed, and nobody overtakes", () => {
    const calls = fc.array(fc.record({ gapMs: fc.nat(20_000), tokens: fc.integer({ min: 1, max: 60 }) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        calls,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 60, max: 120 }),
        (list, requests, tokens) => {
          const taken: { atMs: number; tokens: number }[] = [];
          let nowMs = 0;
          for (const call of list) {
            nowMs += call.gapMs;
            const rate = { requestsPerMinute: requests, tokensPerMinute: tokens };
            const atMs = findTurn(taken, rate, { nowMs, tokens: call.tokens });
            expect(atMs).toBeGreaterThanOrEqual(Math.max(nowMs, taken.at(-1)?.atMs ?? 0));
            taken.push({ atMs, tokens: call.tokens });
          }
          for (const { atMs } of taken) {
            const window = taken.filter((one) => one.atMs <= atMs && one.atMs > atMs - WINDOW_MS);
            expect(window.length).toBeLessThanOrEqual(requests);
            expect(window.reduce((sum, one) => sum + one.tokens, 0)).toBeLessThanOrEqual(tokens);
          }
        },
      ),
    );
  });
});
