import type { Key } from "node:readline";
import { harmless } from "./harmless.ts";

/** Questions at the terminal, on stderr. An answer is undefined where the interrupt key was pressed, or a signal took the question away. */
export interface Prompts {
  note(text: string, title: string): void;
  confirm(message: string): Promise<boolean | undefined>;
  text(message: string, entry?: Entry): Promise<string | undefined>;
  select(message: string, choices: readonly Choice[], initialValue?: string): Promise<string | undefined>;
}

/** How a text is entered. */
export interface Entry {
  readonly initialValue?: string;
  /** Says what is wrong. */
  readonly validate?: (entered: string | undefined) => string | undefined;
}

/** One of what can be selected. */
export interface Choice {
  readonly value: string;
  /** @default the value */
  readonly label?: string;
  readonly hint?: string;
}

/** What files and models say in a question is shown, and never obeyed. */
export async function openPrompts(signal?: AbortSignal): Promise<Prompts> {
  const clack = await import("@clack/prompts");
  // An arrow key begins with it, and may come in pieces.
  clack.settings.aliases.delete("escape");
  const at = { output: process.stderr, ...(signal === undefined ? {} : { signal }) };
  const ask = async <T>(question: () => Promise<T | typeof clack.CANCEL_SYMBOL>): Promise<T | undefined> => {
    process.stdin.prependListener("keypress", deleteWithCtrlD);
    const asked = question();
    // The reader of keys would throw what a closed terminal says; a signal says it as well.
    process.stdin.removeAllListeners("error").on("error", () => undefined);
    const answer = await asked.finally(() => process.stdin.off("keypress", deleteWithCtrlD));
    return clack.isCancel(answer) ? undefined : answer;
  };
  return {
    note: (text, title) => clack.note(harmless(text), harmless(title), at),
    confirm: (message) => ask(() => clack.confirm({ message: harmless(message), ...at })),
    text: (message, { initialValue = "", validate } = {}) =>
      ask(() =>
        clack.text({
          message: harmless(message),
          initialValue: harmless(initialValue),
          validate: (entered) => harmless(validate?.(entered) ?? ""),
          ...at,
        }),
      ),
    select: (message, choices, initialValue) =>
      ask(() =>
        clack.select({
          message: harmless(message),
          ...(initialValue === undefined ? {} : { initialValue }),
          options: choices.map(({ value, label = value, hint = "" }) => ({
            value,
            label: harmless(label),
            hint: harmless(hint),
          })),
          ...at,
        }),
      ),
  };
}

/** It would close the reader of keys, and the question would hear no more. */
function deleteWithCtrlD(_: unknown, key: Key): void {
  if (key.ctrl && key.name === "d") Object.assign(key, { ctrl: false, name: "delete" });
}
