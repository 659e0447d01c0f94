import type { JsonObject } from "../../plan/json.ts";
import type { Message, Transcript } from "../provider.ts";

const INTERRUPTED =
  "You were interrupted while you worked on the task below. Look at what is done already, do not do it a second time, and finish the rest.";

const BEGUN =
  "Work on the task below has begun already; what was said and done so far follows it. Do not do a second time what is done, and finish the rest.";

const CALLED =
  "An attempt at this task before you made these calls of tools, and they took effect; what they answered may be lost:";

/** What a session has seen of a conversation. */
export type Seen =
  /** Nothing: it is new. */
  | "nothing"
  /** All but the last message: it gave the answer before that. */
  | "answered"
  /** All of it: it was cut off on its way to an answer. */
  | "interrupted";

/** What there is to tell besides the task. */
interface Besides {
  readonly seen: Seen;
  /** Where the program cannot be held to a shape in its own way. */
  readonly schema: JsonObject | undefined;
  /** Tool calls of earlier attempts. */
  readonly calls: readonly string[];
}

/** What to tell a program next. */
export function codingPrompt({ messages }: Transcript, { seen, schema, calls }: Besides): string {
  const last = messages.at(-1);
  const task = seen === "nothing" ? messages.map(textOf).join("\n\n") : last === undefined ? "" : textOf(last);
  return [
    ...(seen === "interrupted" ? [INTERRUPTED] : []),
    ...(seen === "nothing" && messages.length > 1 ? [BEGUN] : []),
    ...(calls.length === 0 ? [] : [`${CALLED}\n${calls.join("\n")}`]),
    task,
    ...(schema === undefined
      ? []
      : [`End with one JSON value that fits this JSON Schema, and nothing else:\n${JSON.stringify(schema)}`]),
  ].join("\n\n");
}

function textOf(message: Message): string {
  switch (message.role) {
    case "user":
      return message.text;
    case "assistant":
      return [
        ...(message.text === "" ? [] : [`The answer so far:\n${message.text}`]),
        ...message.calls.map(({ name, argumentsJson }) => `${name} was called with ${argumentsJson}`),
      ].join("\n\n");
    case "tool":
      return message.results
        .map(({ name, content, isError }) => `${name} ${isError ? "failed" : "gave"}:\n${JSON.stringify(content)}`)
        .join("\n\n");
  }
}
