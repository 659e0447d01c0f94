import type { JsonValue } from "../plan/json.ts";
import type { Message } from "./provider.ts";

/**
 * What an API wants back unchanged, if `form` is its own; undefined where another one wrote the message, or nothing was to
 * be kept: the message is then made anew from its text and its calls.
 */
export function ownRaw(message: Message & { readonly role: "assistant" }, form: string): JsonValue | undefined {
  const { raw, rawForm } = message;
  // A conversation that began before forms were noted has only one author.
  return raw === null || (rawForm ?? form) !== form ? undefined : raw;
}
