import { cutResult } from "../../agents/cut-result.ts";
import { wireName } from "../../agents/wire-name.ts";
import type { SealCall } from "../../plan/activity.ts";
import type { Stored } from "../../plan/artifact.ts";
import { splitOperation } from "../../plan/operation-name.ts";
import type { ActivityHandler } from "../activity-context.ts";
import { addMessages } from "./transcript-store.ts";

/** Puts the results of a turn's tool calls into the conversation; very long ones are cut there, and whole in the store. */
export const sealTurn: ActivityHandler<SealCall, { readonly transcript: Stored }> = async (call, context) => {
  const results = await Promise.all(
    call.results.map(async ({ id, name, content, isError }) => {
      const { tool, operation } = splitOperation(name);
      return {
        id,
        name: wireName(tool, operation),
        content: cutResult(await context.load(content)),
        isError,
      };
    }),
  );
  return { transcript: await addMessages(call.transcript, [{ role: "tool", results }], context) };
};
