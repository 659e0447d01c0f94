import type { JsonObject } from "../plan/json.ts";

/** The agent's instructions, and the declared shape in words where the API is not told of it; undefined where there is nothing to say. */
export function shapePrompt(system: string | null, schema: JsonObject | undefined): string | undefined {
  const shape =
    schema === undefined
      ? undefined
      : `Answer with one JSON value that fits this JSON Schema, and nothing else:\n${JSON.stringify(schema)}`;
  const text = [system, shape].filter((part) => part != null).join("\n\n");
  return text === "" ? undefined : text;
}
