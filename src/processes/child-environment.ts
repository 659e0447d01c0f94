import type { JsonObject, JsonValue } from "../plan/json.ts";
import { KEY_VARIABLE } from "../plan/key-variable.ts";

/** What a child inherits of the worker; keys and tokens never. */
export const INHERITED: readonly string[] = ["PATH", "HOME", "LANG", "TMPDIR"];

/** Linux takes 128 KiB a variable or argument, and macOS 1 MiB for all of them together. */
export const MAX_VARIABLE_BYTES = 120_000;
const MAX_ENVIRONMENT_BYTES = 900_000;

/** Other names can be read by no shell. */
const READABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The environment of a child process: four inherited variables, what was given, and where it is of one call its key. What no
 * shell can read, and what is larger than an environment holds, is left out: it travels on stdin only.
 */
export function childEnvironment(
  own: { readonly [name: string]: string | undefined },
  given: JsonObject,
  key?: string,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of INHERITED) if (own[name] !== undefined) environment[name] = own[name];
  let left = MAX_ENVIRONMENT_BYTES;
  for (const [name, value] of Object.entries(given)) {
    if (!READABLE.test(name)) continue;
    const text = textOf(value);
    const bytes = Buffer.byteLength(text) + name.length + 2;
    delete environment[name];
    if (bytes > MAX_VARIABLE_BYTES || bytes > left) continue;
    left -= bytes;
    environment[name] = text;
  }
  if (key !== undefined) environment[KEY_VARIABLE] = key;
  return environment;
}

/** Given values that an environment is too small for. */
export function namesLeftOut(environment: Record<string, string>, given: JsonObject): readonly string[] {
  return Object.keys(given).filter((name) => READABLE.test(name) && !Object.hasOwn(environment, name));
}

function textOf(value: JsonValue): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
