import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { JsonObject } from "../../plan/json.ts";
import { faultOfSchema } from "../../schema/fault-of-schema.ts";
import type { Fence } from "../parse/scan-markdown.ts";

/** How much of the text on each side of a fault the engine's message shows. */
const SHOWN_CHARACTERS = 10;

/** Reads a `json schema` block: a JSON Schema that values can be checked against. */
export function parseSchema(
  { body, bodyLine, bodyColumn }: Fence,
  complain: (complaint: Complaint) => void,
): JsonObject | undefined {
  const refuse = (message: string, offset: number) => {
    const before = body.slice(0, offset).split("\n");
    const line = bodyLine + before.length - 1;
    const column = bodyColumn + (before.at(-1)?.length ?? 0);
    complain({ code: "step/bad-value", message, span: { line, column, endLine: line, endColumn: column + 1 } });
    return undefined;
  };
  let schema: JsonObject;
  try {
    schema = JSON.parse(body) as JsonObject;
  } catch (error) {
    const { message } = error as Error;
    return refuse(`the schema is not JSON: ${message.replaceAll("\n", " ")}`, offsetOf(message, body));
  }
  const fault = faultOfSchema(schema);
  return fault === undefined ? schema : refuse(`the schema cannot be used: ${fault}`, 0);
}

/** Where the engine found the fault. Of some it names the place, of others it shows what is around them. */
function offsetOf(message: string, text: string): number {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  const shown = /^Unexpected token '(.+?)', (\.\.\.)?"([\s\S]*)"(\.\.\.)? is not valid JSON$/u.exec(message);
  if (shown === null) return text.trimEnd().length;
  const [, token = "", before, around = "", after] = shown;
  const start = Math.max(text.indexOf(around), 0);
  if (before !== undefined) return start + SHOWN_CHARACTERS;
  return after === undefined ? start + around.lastIndexOf(token) : around.length - SHOWN_CHARACTERS;
}
