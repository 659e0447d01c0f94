import type { Transcript } from "../../agents/provider.ts";
import { wireName } from "../../agents/wire-name.ts";
import type { SealCall } from "../../plan/activity.ts";
import type { Stored } from "../../plan/artifact.ts";
import type { JsonObject } from "../../plan/json.ts";
import type { ActivityHandler } from "../activity-context.ts";

/** Puts the results of a turn's tool calls into the conversation. */
export const sealTurn: ActivityHandler<SealCall, { readonly transcript: Stored }> = async (call, context) => {
  const transcript = (await context.load(call.transcript)) as unknown as Transcript;
  const results = await Promise.all(
    call.results.map(async ({ id, name, content, isError }) => {
      const [tool = "", ...operation] = name.split(".");
      return { id, name: wireName(tool, operation.join(".")), content: await context.load(content), isError };
    }),
  );
  const next = { ...transcript, messages: [...transcript.messages, { role: "tool", results }] };
  return { transcript: await context.keep(next as unknown as JsonObject) };
};
