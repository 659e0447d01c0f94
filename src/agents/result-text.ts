import type { JsonValue } from "../plan/json.ts";

/** What a tool answered, as text for a model. */
export function resultText(content: JsonValue): string {
  return typeof content === "string" ? content : JSON.stringify(content);
}
