import { isJsonObject, type JsonObject } from "../plan/json.ts";
import type { TokenUsage } from "../plan/report.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { NO_TOKENS } from "../plan/usage.ts";
import type { ProviderAnswer } from "./provider.ts";

/** What a recorded reply declares of its use: `usage: {inputTokens: 1200, outputTokens: 80, credits: 2}`. Throws `agent/bad-replies`. */
export function readRecordedUsage(reply: JsonObject): Pick<ProviderAnswer, "usage" | "credits"> {
  const given = isPlainAnswer(reply) ? undefined : reply["usage"];
  if (given === undefined) return { usage: NO_TOKENS };
  const known = [...Object.keys(NO_TOKENS), "credits"];
  const fits =
    isJsonObject(given) && Object.entries(given).every(([key, value]) => known.includes(key) && isCount(value));
  if (!fits)
    throw new StepFailure(
      "agent/bad-replies",
      `usage has numbers under ${known.join(", ")}, not ${JSON.stringify(given).slice(0, 80)}`,
    );
  const { credits, ...tokens } = given as unknown as TokenUsage & { readonly credits?: number };
  return { usage: { ...NO_TOKENS, ...tokens }, ...(credits === undefined ? {} : { credits }) };
}

/** An object that is the answer itself, whatever its keys are. */
function isPlainAnswer(reply: JsonObject): boolean {
  return !["reply", "call", "calls"].some((key) => key in reply);
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
