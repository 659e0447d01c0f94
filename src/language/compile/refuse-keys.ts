import type { Reader } from "../reader.ts";
import type { StepCompiler } from "../step-kinds/step-compiler.ts";

/** A `verify` has attempts and an environment in steps of every kind. */
const OF_VERIFY = new Set(["retry", "env"]);

/** Keys that this kind would have to ignore, of those of other kinds as well: said, never passed over. */
export function refuseKeys(
  reader: Reader,
  { kind, keys, refuses = {} }: StepCompiler,
  ofKinds: readonly string[] = [],
): void {
  const refuse = (key: string, hint?: string) => {
    const message = `${key} has no meaning in a step of kind ${kind}`;
    reader.complain(key, { code: "step/unknown-key", message, ...(hint === undefined ? {} : { hint }) }, "key");
  };
  for (const key of ofKinds) if (reader.has(key) && !keys.includes(key)) refuse(key);
  for (const [key, hint] of Object.entries(refuses))
    if (reader.has(key) && !(OF_VERIFY.has(key) && reader.has("verify"))) refuse(key, hint);
}
