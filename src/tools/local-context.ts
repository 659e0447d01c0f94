import { isJsonObject, type JsonValue } from "../plan/json.ts";
import type { ToolSpec } from "../plan/plan.ts";
import type { Template } from "../plan/template.ts";
import { joinTexts } from "./join-texts.ts";
import { createRedactor } from "./redact.ts";
import type { ToolContext } from "./tool-kind.ts";

/** Where a tool is used outside of a run. */
export interface LocalPlace {
  readonly env: ToolContext["ownEnv"];
  readonly projectDir: string;
  readonly stateDir: string;
  readonly signal: AbortSignal;
  /** Content of the project's files by SHA-256. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What a tool may use outside of a run; secrets are variables of this process, and empty where there is none. */
export function createLocalContext(name: string, spec: ToolSpec, place: LocalPlace): ToolContext {
  const { env, files, ...rest } = place;
  return {
    ...rest,
    name,
    spec,
    mask: createRedactor(namedSecrets(spec).flatMap((secret) => env[secret] ?? [])),
    ownEnv: env,
    given: joinTexts(putInSecrets(spec.env ?? {}, env)),
    resolve: async (template) => putInSecrets(template, env),
    readFile: async (sha256) => files.get(sha256) ?? Promise.reject(new Error(`there is no file ${sha256}`)),
  };
}

/** The secrets that a tool names and the environment does not have. */
export function missingSecrets(spec: ToolSpec, env: ToolContext["ownEnv"]): readonly string[] {
  return namedSecrets(spec).filter((name) => !env[name]);
}

function namedSecrets(spec: ToolSpec): readonly string[] {
  const named = JSON.stringify(spec).matchAll(/\{"\$secret":"(\w+)"\}/g);
  return [...named].map(([, name]) => name as string);
}

function putInSecrets(value: Template, env: ToolContext["ownEnv"]): JsonValue {
  if (Array.isArray(value)) return value.map((part) => putInSecrets(part as Template, env));
  if (!isJsonObject(value)) return value;
  const secret = value["$secret"];
  if (typeof secret === "string") return env[secret] ?? "";
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, putInSecrets(inner, env)]));
}
