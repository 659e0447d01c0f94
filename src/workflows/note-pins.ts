import type { Pins } from "../plan/pins.ts";
import { fail } from "./failure-info.ts";
import type { RunState } from "./run-state.ts";

/**
 * Keeps what servers said of their operations when this run saw them first. Throws `tool/changed` where a step that ran at
 * the same time was told something else.
 */
export function notePins({ pins }: RunState, added: Pins | undefined): void {
  if (added === undefined) return;
  for (const [name, pin] of Object.entries(added)) {
    if ((pins[name] ??= pin) !== pin)
      throw fail("tool/changed", `the server of ${name} told two steps of this run different things of it`);
  }
}

/** Those of the operations granted (`server.operation`, `server.*`), for a call; nothing where there are none. */
export function pinsOf({ pins }: RunState, grants: readonly string[]): { readonly pins?: Pins } {
  const all = Object.entries(pins);
  if (all.length === 0) return {};
  const own = all.filter(([name]) => {
    const plain = name.replace(/^([^.~]*)~[^.]+\./, "$1.");
    return grants.includes(plain) || grants.includes(`${plain.split(".", 1)[0] as string}.*`);
  });
  return own.length === 0 ? {} : { pins: Object.fromEntries(own) };
}

/** All of them, for another history or a part of a loop. */
export function allPins({ pins }: RunState): { readonly pins?: Pins } {
  return Object.keys(pins).length === 0 ? {} : { pins };
}
