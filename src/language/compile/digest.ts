import { createHash } from "node:crypto";
import { DATA_KEYS } from "../../plan/data-keys.ts";

/** Of no account for what a run does. */
const NOT_HASHED = new Set(["digest", "source", "description"]);

/** Hash of everything that changes what a run does; where it stands in the file does not. */
export function digestOf(plan: object): string {
  return `sha256:${createHash("sha256")
    .update(canonical(plan) as string)
    .digest("hex")}`;
}

/** JSON with the keys of every object in order; undefined for what JSON leaves out. */
function canonical(value: unknown, isData = false): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, isData) ?? "null").join(",")}]`;
  let text = "";
  for (const key of Object.keys(value).sort()) {
    const member = (value as { readonly [key: string]: unknown })[key];
    if (!isData && (NOT_HASHED.has(key) || (key === "file" && typeof member === "string"))) continue;
    const written = canonical(member, isData || DATA_KEYS.has(key));
    if (written !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${written}`;
  }
  return `{${text}}`;
}
