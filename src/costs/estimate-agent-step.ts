import type { JsonValue } from "../plan/json.ts";
import { isJsonObject } from "../plan/json.ts";
import type { Plan } from "../plan/plan.ts";
import type { Price } from "../plan/price.ts";
import type { TokenUsage } from "../plan/report.ts";
import type { AgentStep } from "../plan/step.ts";
import type { Template } from "../plan/template.ts";
import { utf8Bytes } from "../plan/text-size.ts";
import { answerBoundOf } from "./answer-bound.ts";
import { DEFAULT_MAX_TOKENS, estimateCall, type Range } from "./estimate-call.ts";
import type { EstimateOptions } from "./estimate-plan.ts";
import { priceCall } from "./price-call.ts";
import { modelOfAgent, priceOfAgent } from "./price-of-agent.ts";

/** What one run of an agent's step may cost. */
export interface OneStep {
  readonly model: string;
  readonly calls: Range;
  /** Null where the price is unknown. */
  readonly cost: Range | null;
  readonly why: readonly string[];
  /** It is what all items and rounds cost together. */
  readonly isWhole: boolean;
}

/** So long may a value be that an expression gives, and the result of a tool. */
const VALUE_BYTES = 20_000;
const TOOL_BYTES = 2000;
const SERVER_BYTES = 40_000;
const REPAIR_ROUNDS = 1;
/** A model's answer of so many tokens is as long as this many bytes of a prompt that counts the same tokens. */
const BYTES_PER_TOKEN = 2;

/** Estimates one run of an agent's step: from one call with the words of the file to all the turns that it may take. */
export function estimateAgentStep(plan: Plan, step: AgentStep, options: EstimateOptions): OneStep {
  const agent = plan.agents[step.agent];
  if (agent === undefined) return { ...UNKNOWN, model: step.agent, why: [`the plan has no agent ${step.agent}`] };
  const model = modelOfAgent(agent);
  const found = priceOfAgent(agent, options.prices);
  const replies = options.recordedUse?.(agent, step.id);
  if (found !== undefined && replies !== undefined) {
    const cost = sumReplies(found.price, replies, step.timeoutMs);
    return { model, cost, calls: { least: replies.length, most: replies.length }, why: [RECORDED], isWhole: true };
  }
  const turns = turnsOf(step);
  const asksOthers = Object.keys(step.agents ?? {}).length > 0;
  const calls = { least: 1, most: asksOthers ? Infinity : turns.most };
  if (found === undefined) {
    const why = `the price of ${model} is not known: give the agent a \`price\`, or the project \`prices\``;
    return { ...UNKNOWN, model, calls, why: [why] };
  }
  const words = bytesOf(step.prompt, agent.system);
  const bound = answerBoundOf(agent);
  const maxTokens = bound ?? DEFAULT_MAX_TOKENS;
  const grants = step.tools.reduce((sum, one) => sum + (one.endsWith(".*") ? SERVER_BYTES : TOOL_BYTES), 0);
  const schema = step.output === undefined ? 0 : JSON.stringify(step.output).length * 2;
  const grows = maxTokens * BYTES_PER_TOKEN + (step.tools.length === 0 ? 300 : VALUE_BYTES);
  let most = 0;
  for (let turn = 0; turn < turns.most; turn += 1) {
    const bytes = words.most + grants + schema + turn * grows;
    most += estimateCall(found.price, { bytes, maxTokens, timeoutMs: step.timeoutMs }).most;
  }
  const { least } = estimateCall(found.price, { bytes: words.least, maxTokens, timeoutMs: step.timeoutMs });
  const values = words.values === 0 ? "" : ` and ${words.values} values of up to ${VALUE_BYTES} bytes`;
  return {
    model,
    calls,
    cost: { least, most: asksOthers ? Infinity : most },
    why: [
      `priced as ${found.model}, ${found.source}${found.date === null ? "" : `, ${found.date}`}`,
      `a prompt of ${words.least} bytes${values}`,
      `answers of up to ${maxTokens} tokens${bound === undefined ? " (no `max-tokens` given)" : ""}`,
      turns.why,
      ...(asksOthers ? ["nobody knows how often it asks other agents"] : []),
    ],
    isWhole: false,
  };
}

const RECORDED = "what its recorded replies declare";
const UNKNOWN: Omit<OneStep, "model" | "why"> = { calls: { least: 1, most: 1 }, cost: null, isWhole: false };

function sumReplies(price: Price, replies: readonly TokenUsage[], timeoutMs: number): Range {
  const sum = (durationMs: number) =>
    replies.reduce((total, tokens) => total + priceCall(price, { tokens, durationMs }), 0);
  return { least: sum(0), most: sum(timeoutMs) };
}

function turnsOf(step: AgentStep): { readonly most: number; readonly why: string } {
  const { tools, maxTurns, output, verify, verifyRun, repairRounds = REPAIR_ROUNDS } = step;
  if (tools.length > 0) return { most: maxTurns, why: `tools: up to ${maxTurns} calls (\`max-turns\`)` };
  const isChecked = output !== undefined || verify !== undefined || verifyRun !== undefined;
  const most = Math.min(maxTurns, 1 + (isChecked ? repairRounds : 0));
  return { most, why: most === 1 ? "one call" : `one call, and ${most - 1} more to mend an answer that is not taken` };
}

function bytesOf(prompt: Template, system: string | undefined): Range & { readonly values: number } {
  const { letters, values } = measure(prompt);
  const least = letters + utf8Bytes(system ?? "");
  return { least, most: least + values * VALUE_BYTES, values };
}

function measure(value: JsonValue): { readonly letters: number; readonly values: number } {
  if (typeof value === "string") return { letters: utf8Bytes(value), values: 0 };
  if (isJsonObject(value) && "$expr" in value) return { letters: 0, values: 1 };
  const parts = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
  return (parts as readonly JsonValue[])
    .map(measure)
    .reduce((sum, part) => ({ letters: sum.letters + part.letters, values: sum.values + part.values }), {
      letters: 0,
      values: 0,
    });
}
