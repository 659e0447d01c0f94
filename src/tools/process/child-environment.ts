import type { JsonObject, JsonValue } from "../../plan/json.ts";

/** What a child inherits of the worker; keys and tokens never. */
const INHERITED = ["PATH", "HOME", "LANG", "TMPDIR"];

/** The variable that tells a script its step's idempotency key: the same over attempts, deaths of workers and reruns. */
const KEY_VARIABLE = "AIWORKFLOW_KEY";

/** The environment of a child process: four inherited variables, what was given, and where it is of one call its key. */
export function childEnvironment(
  own: { readonly [name: string]: string | undefined },
  given: JsonObject,
  key?: string,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of INHERITED) if (own[name] !== undefined) environment[name] = own[name];
  for (const [name, value] of Object.entries(given)) {
    // Other names can be read by no shell; they travel on stdin only.
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) environment[name] = textOf(value);
  }
  if (key !== undefined) environment[KEY_VARIABLE] = key;
  return environment;
}

function textOf(value: JsonValue): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
