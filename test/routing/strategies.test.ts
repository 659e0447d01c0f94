import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NEW_CIRCUIT } from "../../src/plan/circuit.ts";
import { DEFAULT_WEIGHTS, type Route, STRATEGIES, type StrategyName } from "../../src/plan/route.ts";
import { chooseAgent } from "../../src/routing/choose.ts";
import type { Candidate } from "../../src/routing/score.ts";
import { strategies } from "../../src/routing/strategies.ts";

const plain: Candidate = {
  agent: "",
  profile: {},
  capability: 1,
  isPreferred: false,
  isReserve: false,
  estimateUsd: 0.01,
  latencyMs: null,
  inFlight: 0,
  maxParallel: undefined,
  circuit: NEW_CIRCUIT,
  isClosedOff: false,
  againAfterMs: 0,
};
const one = (agent: string, more: Partial<Candidate> = {}): Candidate => ({ ...plain, agent, ...more });
const clever = one("clever", { profile: { accuracy: 0.95, priority: 2 }, estimateUsd: 0.09, capability: 0.9 });
const cheap = one("cheap", {
  profile: { accuracy: 0.6, priority: 3 },
  estimateUsd: 0.001,
  capability: 0.7,
  inFlight: 2,
});
const handy = one("handy", { profile: { accuracy: 0.7, priority: 1 }, estimateUsd: 0.05, capability: 1, inFlight: 1 });
const all = [clever, cheap, handy];

const circumstances = { turn: 0, random: 0, resting: [], budgetLeftUsd: undefined };
function route(more: Partial<Route> = {}): Route {
  return {
    fallback: [],
    candidates: [],
    rejected: [],
    weights: DEFAULT_WEIGHTS,
    overBudget: "switch_agent",
    ifNone: "reject",
    maxQueueMs: 1000,
    maxFailovers: 2,
    failoverOn: ["failure"],
    retryPrimaryAfterMs: 1000,
    ...more,
  };
}
const first = (strategy: StrategyName, candidates = all, more: Partial<typeof circumstances> = {}) =>
  chooseAgent(route({ strategy }), candidates, { ...circumstances, ...more }).order[0];

test("every strategy of the language has its file and its line, and no other has", () => {
  expect(strategies.map(({ name }) => name)).toEqual(STRATEGIES);
});

describe("a strategy puts first", () => {
  test.each([
    ["capability_match", "handy"],
    ["lowest_cost", "cheap"],
    ["highest_quality", "clever"],
    ["priority", "handy"],
    ["least_loaded", "clever"],
    ["round_robin", "clever"],
    ["random", "clever"],
  ] as const)("%s: %s", (strategy, agent) => {
    expect(first(strategy)).toBe(agent);
  });

  test("balanced: whom the weights say", () => {
    const balanced = (weights: Partial<typeof DEFAULT_WEIGHTS>) =>
      chooseAgent(route({ strategy: "balanced", weights: { ...DEFAULT_WEIGHTS, ...weights } }), all, circumstances)
        .order[0];
    expect(balanced({ cost: 1 })).toBe("cheap");
    expect(balanced({ quality: 1, cost: 0, load: 0 })).toBe("clever");
  });

  test("round_robin: each in turn; random: each with the same chance", () => {
    expect([0, 1, 2, 3].map((turn) => first("round_robin", all, { turn }))).toEqual([
      "clever",
      "cheap",
      "handy",
      "clever",
    ]);
    expect([0, 0.34, 0.99].map((random) => first("random", all, { random }))).toEqual(["clever", "cheap", "handy"]);
  });

  test("an agent of unknown price last, and never as if it were free", () => {
    expect(first("lowest_cost", [one("unknown", { estimateUsd: null }), clever])).toBe("clever");
  });
});

describe("what speaks against an agent", () => {
  const choose = (more: Partial<Route>, candidates = all, told: Partial<Parameters<typeof chooseAgent>[2]> = {}) =>
    chooseAgent(route(more), candidates, { ...circumstances, ...told });
  const rules = (choice: ReturnType<typeof choose>) =>
    Object.fromEntries(choice.candidates.map(({ agent, rejected }) => [agent, rejected?.split(":", 1)[0]]));

  test("is told by the rule, for each", () => {
    const many = [
      one("slow", { latencyMs: 9000 }),
      one("dear", { estimateUsd: 2 }),
      one("down", { isClosedOff: true }),
      one("full", { inFlight: 3, maxParallel: 3 }),
      one("unknown", { estimateUsd: null }),
      one("good"),
    ];
    const choice = choose({ maxUsd: 1, maxLatencyMs: 5000, primary: "slow" }, many);
    expect(rules(choice)).toEqual({
      slow: "max-latency",
      dear: "max-usd",
      down: "breaker",
      full: "max-parallel",
      unknown: "max-usd",
      good: undefined,
    });
    expect(choice).toMatchObject({ decision: "switch_agent", order: ["good"] });
  });

  test("five situations make five decisions", () => {
    const closed = { isClosedOff: true, againAfterMs: 700 };
    const two = (a: Partial<Candidate>, b: Partial<Candidate> = {}) => [one("a", a), one("b", b)];
    expect(choose({ primary: "a" }, two({})).decision).toBe("use_primary");
    expect(choose({ primary: "a" }, two(closed)).decision).toBe("use_fallback");
    expect(choose({ primary: "a", maxUsd: 0.1 }, two({ estimateUsd: 1 })).decision).toBe("switch_agent");
    expect(choose({ primary: "a" }, two(closed, closed)).decision).toBe("reject");
    const queued = choose({ primary: "a", ifNone: "queue" }, two(closed, { ...closed, againAfterMs: 300 }));
    expect(queued).toMatchObject({ decision: "queue", againAfterMs: 300, order: [] });
  });

  test("over budget does what the file says", () => {
    const dear = [one("a", { estimateUsd: 1 }), one("b")];
    expect(choose({ maxUsd: 0.5, overBudget: "reject" }, dear).decision).toBe("reject");
    expect(choose({ maxUsd: 0.5, overBudget: "queue" }, dear).decision).toBe("queue");
    expect(choose({ maxUsd: 0.5, overBudget: "switch_agent" }, dear).order).toEqual(["b"]);
    expect(choose({ maxUsd: 0.001, overBudget: "switch_agent" }, dear).decision).toBe("reject");
  });

  test("what a budget leaves speaks against whom it is not enough for; where that is all of them, it is left to the budget", () => {
    const moneyLeft = { usd: 0.2, of: "the budget of a-run" };
    const two = (dollars: number) => [
      one("a", { estimateUsd: 1, moneyLeft }),
      one("b", { estimateUsd: dollars, moneyLeft }),
    ];
    const told = { budgetLeftUsd: 0.2 };
    const cheaper = choose({}, two(0.1), told);
    expect(cheaper).toMatchObject({ decision: "switch_agent", order: ["b"], budgetLeftUsd: 0.2 });
    expect(cheaper.reason).toBe("a is too dear: budget: the budget of a-run leaves $0.20");
    expect(choose({ overBudget: "reject" }, two(0.1), told)).toMatchObject({ decision: "reject", budgetLeftUsd: 0.2 });
    expect(choose({ overBudget: "queue" }, two(0.1), told).decision).toBe("queue");
    expect(choose({}, two(0.3), told)).toMatchObject({ decision: "use_primary", order: ["a", "b"] });
    expect(choose({}, two(0.3), told).reason).toContain("its budget decides");
    const unknown = choose({}, [one("a", { estimateUsd: null, moneyLeft }), one("b")]);
    expect(rules(unknown)).toEqual({ a: "budget", b: undefined });
  });

  test("an agent that failed a short while ago is asked last; reserves only after the others", () => {
    const choice = choose({ primary: "clever", strategy: "highest_quality" }, all, { resting: ["clever"] });
    expect(choice).toMatchObject({ decision: "use_fallback", order: ["handy", "cheap", "clever"] });
    const reserve = choose({ strategy: "lowest_cost", fallback: ["cheap"] }, [
      clever,
      { ...cheap, isReserve: true },
      handy,
    ]);
    expect(reserve.order).toEqual(["handy", "cheap", "clever"]);
  });

  test("whatever is known: nobody who is rejected is asked, nobody twice, and a table tells of all", () => {
    const candidate = fc.record({
      estimateUsd: fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { nil: null }),
      latencyMs: fc.option(fc.nat(9000), { nil: null }),
      inFlight: fc.nat(5),
      maxParallel: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      isClosedOff: fc.boolean(),
      isReserve: fc.boolean(),
      isPreferred: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(candidate, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(undefined, ...STRATEGIES),
        fc.constantFrom("reject", "switch_agent", "queue"),
        fc.nat(10),
        (list, strategy, overBudget, turn) => {
          const given = list.map((more, index) => one(`a${index}`, more));
          const choice = choose(
            { maxUsd: 1, maxLatencyMs: 5000, overBudget, ...(strategy === undefined ? {} : { strategy }) },
            given,
            { turn },
          );
          const rejected = new Set(
            choice.candidates.flatMap((each) => (each.rejected === undefined ? [] : [each.agent])),
          );
          expect(choice.order.filter((agent) => rejected.has(agent))).toEqual([]);
          expect(new Set(choice.order).size).toBe(choice.order.length);
          expect(choice.candidates).toHaveLength(given.length);
          expect(choice.order.length === 0).toBe(choice.decision === "reject" || choice.decision === "queue");
        },
      ),
    );
  });
});
