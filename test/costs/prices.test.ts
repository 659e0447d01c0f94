import { describe, expect, test } from "vitest";
import { alertLevel } from "../../src/costs/alert-level.ts";
import { costOfAnswer, type PricedAnswer } from "../../src/costs/cost-of-answer.ts";
import { estimateCall } from "../../src/costs/estimate-call.ts";
import { findPrice } from "../../src/costs/find-price.ts";
import { periodOf } from "../../src/costs/periods.ts";
import { PRICE_BOOK } from "../../src/costs/price-book.ts";
import { priceCall } from "../../src/costs/price-call.ts";
import { priceOfAgent } from "../../src/costs/price-of-agent.ts";
import type { AgentSpec } from "../../src/plan/agent-spec.ts";
import type { Price } from "../../src/plan/price.ts";
import { NO_TOKENS } from "../../src/plan/usage.ts";

describe("the name of a model finds its price", () => {
  test.each([
    ["gpt-4o-2024", "gpt-4o"],
    ["gpt-4o-2024-08-06", "gpt-4o"],
    ["gpt-4o-mini-2024-07-18", "gpt-4o-mini"],
    ["openai/gpt-6.1-sol", "gpt-6.1-sol"],
    ["gpt-6.1-sol-2026-09-29", "gpt-6.1-sol"],
    ["claude-sonnet-5-5", "claude-sonnet-5-5"],
    ["claude-sonnet-4-20250514", "claude-sonnet-4"],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"],
    ["claude-sonnet-4@20250514", "claude-sonnet-4"],
    ["models/gemini-2.5-flash-lite-preview-06-17", "gemini-2.5-flash-lite"],
    ["o3-mini", "o3-mini"],
    ["CLAUDE-HAIKU-4-5", "claude-haiku-4-5"],
  ])("%s is priced as %s", (model, name) => {
    expect(findPrice(model)?.model).toBe(name);
  });

  test.each(["gpt-5.9", "claude-sonnet-4-9", "gpt-4o-audio-preview", "my-o3", "llama4", "gpt-6", ""])(
    "%s is unknown, neither free nor another model's",
    (model) => {
      expect(findPrice(model)).toBeUndefined();
    },
  );

  test("the project's prices win over the book with any part of the name, the agent's own over both", () => {
    const cheap: Price = { unit: "requests", usd: 0.01 };
    const own: Price = { unit: "requests", usd: 0.02 };
    const list = { sonnet: cheap, "claude-sonnet-5": { unit: "requests", usd: 0.03 } as const };
    expect(findPrice("claude-sonnet-5-5", { list })).toMatchObject({ model: "claude-sonnet-5", book: "own" });
    expect(findPrice("my-sonnet", { list })?.price).toEqual(cheap);
    expect(findPrice("claude-sonnet-5-5", { list, own })?.price).toEqual(own);
  });

  test("every price of the book has a page and a day, and no name stands twice", () => {
    const names = PRICE_BOOK.map(({ model }) => model);
    expect(new Set(names).size).toBe(names.length);
    for (const { source, date } of PRICE_BOOK)
      expect([source.length > 10, /^\d{4}-\d\d-\d\d$/.test(date)]).toEqual([true, true]);
  });
});

describe("a call is charged by the unit of its price", () => {
  const tokens = {
    inputTokens: 1_000_000,
    cacheReadTokens: 2_000_000,
    cacheWriteTokens: 1_000_000,
    outputTokens: 500_000,
    reasoningTokens: 400_000,
  };
  test.each<[string, Price, number]>([
    ["tokens", { unit: "tokens", input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 }, 2 + 0.4 + 2.5 + 5],
    ["tokens without prices of a cache", { unit: "tokens", input: 2, output: 10 }, 2 + 4 + 2 + 5],
    ["long prompts", { unit: "tokens", input: 2, output: 10, long: { above: 4e6 - 1, input: 4, output: 20 } }, 16 + 10],
    ["prompts at the bound", { unit: "tokens", input: 2, output: 10, long: { above: 4e6, input: 4, output: 20 } }, 13],
    ["requests", { unit: "requests", usd: 0.25 }, 0.25],
    ["minutes", { unit: "minutes", usd: 0.5 }, 1],
    ["credits", { unit: "credits", usd: 0.01, perCall: 4 }, 0.04],
  ])("%s", (_, price, usd) => {
    expect(priceCall(price, { tokens, durationMs: 120_000 })).toBeCloseTo(usd, 9);
  });

  test("credits as the provider tells them", () => {
    expect(priceCall({ unit: "credits", usd: 0.01 }, { tokens, durationMs: 0, credits: 7 })).toBeCloseTo(0.07, 9);
  });
});

test("the model that answered is charged, and the answer of a stranger has no known price", () => {
  const agent = { kind: "openai", model: "gpt-4o" };
  expect(priceOfAgent(agent, {}, "gpt-4o-mini-2024-07-18")?.model).toBe("gpt-4o-mini");
  expect(priceOfAgent(agent, {}, "chat")).toBeUndefined();
  expect(priceOfAgent({ kind: "openai", model: "strange" })).toBeUndefined();
  expect(priceOfAgent({ kind: "anthropic" })?.model).toBe("claude-sonnet-5-5");
});

test("replies from a file cost nothing, unless costs are to be tried with them", () => {
  expect(priceOfAgent({ kind: "recorded" })?.price).toEqual({ unit: "requests", usd: 0 });
  expect(priceOfAgent({ kind: "recorded", model: "claude-sonnet-5-5" }, {}, "recorded")?.model).toBe(
    "claude-sonnet-5-5",
  );
});

test("an estimate holds what calls of its size cost, whatever a cache does", () => {
  const price = findPrice("claude-sonnet-5-5")?.price as Price;
  const { least, most } = estimateCall(price, { bytes: 4000, maxTokens: 1000, timeoutMs: 1000 });
  for (const tokens of [
    { inputTokens: 1000, outputTokens: 1 },
    { cacheWriteTokens: 1900, outputTokens: 1000 },
    { cacheReadTokens: 600, outputTokens: 5 },
  ]) {
    const usd = priceCall(price, { tokens: { ...NO_TOKENS, ...tokens }, durationMs: 500 });
    expect(usd).toBeGreaterThanOrEqual(least);
    expect(usd).toBeLessThanOrEqual(most);
  }
});

test.each([
  ["day", "2026-11-26T00:00:00Z", "2026-11-27T00:00:00Z"],
  ["week", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"],
  ["month", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"],
] as const)("a %s begins and ends in UTC", (period, start, end) => {
  const { startMs, endMs } = periodOf(period, Date.parse("2026-11-26T23:59:59.999Z"));
  expect([startMs, endMs]).toEqual([Date.parse(start), Date.parse(end)]);
  expect(periodOf(period, startMs)).toEqual({ startMs, endMs });
  expect(periodOf(period, endMs).startMs).toBe(endMs);
});

test("levels of alerts", () => {
  expect([0.5, 0.79, 0.8, 0.94, 0.95, 1].map(alertLevel)).toEqual([
    "INFO",
    "INFO",
    "WARNING",
    "WARNING",
    "CRITICAL",
    "CRITICAL",
  ]);
});

test("an answer is charged to its model; a provider's own account is believed where there is no own price", () => {
  const tokens = { ...NO_TOKENS, inputTokens: 1_000_000 };
  const guess = { ...NO_TOKENS, inputTokens: 2_000_000 };
  const cost = (agent: AgentSpec, answer: Partial<PricedAnswer>) =>
    costOfAnswer(
      agent,
      { model: "gpt-4o-2024-08-06", usage: tokens, ...answer },
      { prices: undefined, durationMs: 1, guess },
    );
  const gpt = { kind: "openai", model: "gpt-4.1" };
  expect(cost(gpt, {})).toEqual({ model: "gpt-4o-2024-08-06", usd: 2.5, countedUsd: 2.5, priceBook: "2026-11-26" });
  expect(cost(gpt, { usd: 0.7 })).toMatchObject({ usd: 0.7, priceBook: "provider" });
  expect(cost({ ...gpt, price: { unit: "requests", usd: 1 } }, { usd: 0.7 })).toMatchObject({
    usd: 1,
    priceBook: "own",
  });
  expect(cost(gpt, { model: "stranger" })).toEqual({ model: "stranger", usd: null, countedUsd: 2, priceBook: null });
  // Who does not tell what it used costs something nobody knows, not nothing.
  expect(cost(gpt, { usage: undefined })).toMatchObject({ usd: null, countedUsd: 5, priceBook: null });
  const perCall = { ...gpt, price: { unit: "requests", usd: 1 } } as const;
  expect(cost(perCall, { usage: undefined })).toMatchObject({ usd: 1, countedUsd: 1 });
});
