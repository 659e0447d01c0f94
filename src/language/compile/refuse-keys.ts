import type { Reader } from "../reader.ts";
import type { StepCompiler } from "../step-kinds/step-compiler.ts";

/** A `verify` has attempts and an environment in steps of every kind. */
const OF_VERIFY = new Set(["retry", "env"]);

/** Keys that this kind would have to ignore: said, never passed over. */
export function refuseKeys(reader: Reader, { kind, refuses = {} }: StepCompiler): void {
  for (const [key, hint] of Object.entries(refuses)) {
    if (!reader.has(key) || (OF_VERIFY.has(key) && reader.has("verify"))) continue;
    const message = `${key} has no meaning in a step of kind ${kind}`;
    reader.complain(key, { code: "step/unknown-key", message, ...(hint === undefined ? {} : { hint }) }, "key");
  }
}
