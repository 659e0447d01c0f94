import type { CatalogueEntry } from "../catalogue.ts";

function error(summary: string, hint: string): CatalogueEntry {
  return { severity: "error", summary, hint };
}

/** Codes that an agent that is a program can end with. */
export const programCodes: { readonly [code: string]: CatalogueEntry } = {
  "agent/no-program": error(
    "The agent's program is not installed.",
    "install it where the worker runs, or set `command:`",
  ),
  "agent/settings-too-large": error(
    "The agent's program cannot be given so much.",
    "a variable or an argument holds 120 KB: shorten `system`, `options` or the schema; the prompt has no such limit",
  ),
  "agent/no-workdir": error("The agent's working folder does not exist.", "check `workdir:` of the agent"),
  "agent/exit": error("The agent's program failed.", "see the end of its output in the message; start it by hand"),
  "agent/killed": error("The agent's program was killed.", "see whether the machine is out of memory"),
  "agent/flood": error("The agent's program printed too much.", "ask it for less"),
  "agent/bad-output": error(
    "The agent's program does not speak its protocol.",
    "see the line in the message; check that `command:` is that program, and its version",
  ),
};
