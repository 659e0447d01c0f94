import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { NO_TOKENS } from "../plan/usage.ts";
import type { ProviderAnswer, ProviderRequest, WireCall } from "./provider.ts";

/** The answer of a provider of the project's own, held against the contract and filled up. Throws `agent/bad-provider`. */
export function readOwnAnswer(answer: unknown, path: string, request: ProviderRequest): ProviderAnswer {
  const bad = (why: string) => new StepFailure("agent/bad-provider", `the provider ${path} gave a bad answer: ${why}`);
  let given: JsonObject;
  try {
    // As JSON: what cannot be kept must not seem to be there.
    given = JSON.parse(JSON.stringify(answer) ?? "null") as JsonObject;
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error));
  }
  if (!isJsonObject(given)) throw bad("it must be an object such as {text}");
  const { text = "", calls = [], usage = {}, model = request.spec.model ?? path, raw = null, value } = given;
  if (typeof text !== "string" || typeof model !== "string") throw bad("`text` and `model` are text");
  if (!Array.isArray(calls) || !calls.every(isCall)) throw bad("`calls` is a list of {id, name, argumentsJson}");
  if (!("text" in given) && value === undefined && calls.length === 0) throw bad("it has neither text nor calls");
  const counts = isJsonObject(usage) ? Object.entries(usage) : [["usage", null] as const];
  const wrong = counts.find(([name, count]) => !Object.hasOwn(NO_TOKENS, name) || !isCount(count));
  if (wrong !== undefined) throw bad(`\`usage\` holds whole numbers by the names ${Object.keys(NO_TOKENS).join(", ")}`);
  return {
    text,
    calls,
    raw,
    rawForm: path,
    usage: { ...NO_TOKENS, ...(usage as object) },
    model,
    repliesUsed: request.place.repliesUsed,
    ...(value === undefined ? {} : { value }),
  };
}

function isCall(call: unknown): call is WireCall {
  return isJsonObject(call) && ["id", "name", "argumentsJson"].every((key) => typeof call[key] === "string");
}

function isCount(count: JsonValue): boolean {
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0;
}
