import { wireName } from "../../agents/wire-name.ts";
import type { SealCall } from "../../plan/activity.ts";
import type { Stored } from "../../plan/artifact.ts";
import type { JsonValue } from "../../plan/json.ts";
import type { ActivityHandler } from "../activity-context.ts";
import { addMessages } from "./transcript-store.ts";

/** A model is shown this much of one result, about 25,000 tokens. */
const MAX_RESULT_CHARACTERS = 100_000;

/** Puts the results of a turn's tool calls into the conversation; very long ones are cut there, and whole in the store. */
export const sealTurn: ActivityHandler<SealCall, { readonly transcript: Stored }> = async (call, context) => {
  const results = await Promise.all(
    call.results.map(async ({ id, name, content, isError }) => {
      const [tool = "", ...operation] = name.split(".");
      return { id, name: wireName(tool, operation.join(".")), content: cut(await context.load(content)), isError };
    }),
  );
  return { transcript: await addMessages(call.transcript, [{ role: "tool", results }], context) };
};

function cut(content: JsonValue): JsonValue {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  if (text.length <= MAX_RESULT_CHARACTERS) return content;
  const beginning = text.slice(0, MAX_RESULT_CHARACTERS).toWellFormed();
  return `${beginning}\n[cut: the result has ${text.length} characters, and these are the first ${MAX_RESULT_CHARACTERS}]`;
}
