import { patched } from "@temporalio/workflow";
import { fillDefaults } from "../plan/fill-defaults.ts";
import type { JsonObject } from "../plan/json.ts";
import type { Field } from "../plan/plan.ts";

/** Checked values with the defaults inside of objects and lists. Older histories went on without these. */
export function fillValues(fields: { readonly [name: string]: Field }, values: JsonObject): JsonObject {
  const filled = fillDefaults(fields, values);
  return filled !== values && patched("defaults-inside") ? filled : values;
}
