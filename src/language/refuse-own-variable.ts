import { KEY_VARIABLE } from "../plan/key-variable.ts";
import type { Reader } from "./reader.ts";

/** Complains of a value for the variable that a script gets from us, under `key` (`env`, or `with` of a script). */
export function refuseOwnVariable(reader: Reader, key: string, code: string): void {
  const map = reader.map(key);
  if (map?.has(KEY_VARIABLE) !== true) return;
  map.complain(
    KEY_VARIABLE,
    {
      code,
      message: `${KEY_VARIABLE} is set for every script, to the idempotency key of its step: choose another name`,
    },
    "key",
  );
}
