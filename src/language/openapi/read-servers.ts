import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { Unusable } from "./document.ts";

/** What the registry says about the server. */
export interface ServerChoice {
  /** Takes the place of all servers of the document. */
  readonly url?: string;
  /** Values for variables of the document's servers. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The address of the nearest list of servers that says something. Throws `Unusable` where there is none to call. */
export function readServer(
  own: readonly (JsonValue | undefined)[],
  common: JsonValue | undefined,
  choice: ServerChoice,
): string {
  const nearest = own.find((list) => Array.isArray(list) && list.length > 0) as readonly JsonValue[] | undefined;
  if (nearest !== undefined) return addressOf(nearest[0], choice);
  try {
    return addressOf(Array.isArray(common) ? (common as readonly JsonValue[])[0] : undefined, choice);
  } catch (error) {
    throw new Unusable((error as Error).message, ["servers"], "openapi/no-server");
  }
}

function addressOf(server: JsonValue | undefined, choice: ServerChoice): string {
  const url = choice.url ?? (isJsonObject(server) && typeof server["url"] === "string" ? server["url"] : "/");
  const variables = isJsonObject(server) && isJsonObject(server["variables"]) ? server["variables"] : {};
  const filled = url.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => valueOf(name, variables, choice.variables));
  if (!/^https?:\/\/./i.test(filled) || !URL.canParse(filled))
    throw new Unusable(`its server is ${filled}, which is no whole address`);
  return filled.replace(/[?#].*$/, "").replace(/\/+$/, "");
}

function valueOf(name: string, variables: JsonObject, chosen: ServerChoice["variables"]): string {
  const variable = variables[name];
  const { enum: allowed, default: fallback } = isJsonObject(variable) ? variable : {};
  const value = chosen[name] ?? fallback;
  if (value === undefined) throw new Unusable(`its server has a variable ${name} without a value`);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (Array.isArray(allowed) && !allowed.includes(text))
    throw new Unusable(`the variable ${name} of its server is one of ${allowed.join(", ")}, not ${text}`);
  return text;
}
