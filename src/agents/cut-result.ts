import type { JsonValue } from "../plan/json.ts";

/** A model is shown this much of one result, about 25,000 tokens. */
const MAX_RESULT_CHARACTERS = 100_000;

/** The result of a tool as a model is shown it: one that is very long loses its end. */
export function cutResult(content: JsonValue): JsonValue {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  if (text.length <= MAX_RESULT_CHARACTERS) return content;
  const beginning = text.slice(0, MAX_RESULT_CHARACTERS).toWellFormed();
  return `${beginning}\n[cut: the result has ${text.length} characters, and these are the first ${MAX_RESULT_CHARACTERS}]`;
}
