import { checkField } from "../plan/check-value.ts";
import type { Field } from "../plan/plan.ts";
import type { Reader } from "./reader.ts";

/** Settings that only some types have. */
const ONLY_OF: Readonly<Record<string, readonly Field["type"][]>> = {
  pattern: ["string"],
  min: ["string", "number", "integer", "array"],
  max: ["string", "number", "integer", "array"],
  items: ["array"],
  properties: ["object"],
};

/** Complains about settings of a field that mean nothing for its type, and about values that it could never have. */
export function checkFieldSettings(name: string, { type, enum: allowed = [] }: Field, reader: Reader): void {
  for (const [key, types] of Object.entries(ONLY_OF))
    if (reader.has(key) && !types.includes(type))
      reader.complain(key, { code: "field/bad", message: `\`${key}\` has no meaning for type ${type}` }, "key");
  const wrong = allowed.filter((one) => checkField(name, { type, required: true }, one).length > 0);
  if (wrong.length > 0)
    reader.complain("enum", {
      code: "field/bad",
      message: `${wrong.map((one) => JSON.stringify(one)).join(", ")} cannot be of type ${type}`,
    });
}
