import { setTimeout as sleep } from "node:timers/promises";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { splitOperation } from "../../plan/operation-name.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { apiFailure } from "../api-failure.ts";
import { NO_TOKENS } from "../../plan/usage.ts";
import { readRecordedUsage } from "../recorded-usage.ts";
import type { Provider, ProviderAnswer, ProviderRequest, WireCall } from "../provider.ts";
import { parseReplies, repliesFor } from "../recorded-replies.ts";
import { wireName } from "../wire-name.ts";

const ALIVE_EVERY_MS = 200;

/** Answers from a file of replies, in order per step and item: text or a value, tool calls, or an API error. */
export const recorded: Provider = {
  kind: "recorded",
  isPlayback: true,
  async check({ spec, readFile }) {
    if (spec.replies !== undefined) parseReplies(Buffer.from(await readFile(spec.replies.sha256)).toString("utf8"));
  },
  async call(request) {
    const { place, spec } = request;
    if (spec.replies === undefined)
      throw new StepFailure("agent/no-replies-file", "a recorded agent needs `replies: FILE`");
    const replies = parseReplies(Buffer.from(await request.readFile(spec.replies.sha256)).toString("utf8"));
    const list = repliesFor(replies, place);
    // A failed attempt has used up a reply; the count that the workflow holds moves on only with success.
    const index = place.repliesUsed + place.attempt - 1;
    const reply = list[index];
    if (reply === undefined) throw missing(request, list.length, index);
    return answer(request, reply, index);
  },
};

async function answer(request: ProviderRequest, reply: JsonValue, index: number): Promise<ProviderAnswer> {
  const base = { raw: null, usage: NO_TOKENS, model: "recorded", repliesUsed: index + 1, calls: [], text: "" };
  if (!isJsonObject(reply)) return tell(request, base, reply);
  const used = { ...base, ...readRecordedUsage(reply) };
  if ("delay" in reply) await pause(request, delayMs(reply["delay"]));
  if (isJsonObject(reply["error"])) throw recordedError(reply["error"]);
  if ("call" in reply || "calls" in reply) {
    const calls = (reply["calls"] as readonly JsonObject[] | undefined) ?? [reply];
    return { ...used, calls: calls.map((call, number) => wireCall(call, `${index + 1}-${number + 1}`)) };
  }
  const { delay: _, ...rest } = reply;
  const value = ("delay" in reply || "usage" in reply) && "reply" in rest ? rest["reply"] : rest;
  return tell(request, used, value);
}

function tell({ said }: ProviderRequest, base: ProviderAnswer, value: JsonValue): ProviderAnswer {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  said(text);
  return { ...base, text, value };
}

function wireCall(call: JsonObject, id: string): WireCall {
  const { tool, operation } = splitOperation(typeof call["call"] === "string" ? call["call"] : "");
  return {
    id: `call-${id}`,
    name: wireName(tool, operation),
    argumentsJson: JSON.stringify(call["with"] ?? {}),
  };
}

function recordedError(error: JsonObject): StepFailure {
  const retryAfter = error["retryAfter"];
  return apiFailure({
    status: typeof error["status"] === "number" ? error["status"] : undefined,
    type: typeof error["type"] === "string" ? error["type"] : undefined,
    message: typeof error["message"] === "string" ? error["message"] : "recorded error",
    retryAfterMs: typeof retryAfter === "number" ? retryAfter * 1000 : undefined,
  });
}

async function pause({ signal, alive }: ProviderRequest, ms: number): Promise<void> {
  const beat = setInterval(alive, ALIVE_EVERY_MS);
  try {
    await sleep(ms, undefined, { signal });
  } finally {
    clearInterval(beat);
  }
}

/** `200ms`, `2s`, or a number of milliseconds. */
function delayMs(delay: JsonValue): number {
  if (typeof delay === "number") return delay;
  const match = /^(\d+)(ms|s)$/.exec(typeof delay === "string" ? delay : "");
  if (match === null)
    throw new StepFailure("agent/bad-replies", `a delay is written 200ms or 2s, not ${JSON.stringify(delay)}`);
  return Number(match[1]) * (match[2] === "s" ? 1000 : 1);
}

function missing({ place, spec }: ProviderRequest, count: number, index: number): StepFailure {
  const item = place.itemIndex === undefined ? "" : ` for item ${place.itemIndex}`;
  return new StepFailure(
    "agent/no-reply",
    `${spec.replies?.path} has ${count} replies for step ${place.stepId}${item}, but reply ${index + 1} was asked for`,
  );
}
