import { isJsonObject, type JsonValue } from "../plan/json.ts";
import type { ToolSpec } from "../plan/plan.ts";
import type { Template } from "../plan/template.ts";
import { joinTexts } from "./join-texts.ts";
import type { ToolContext } from "./tool-kind.ts";

/** Where a tool is used outside of a run. */
export interface LocalPlace {
  readonly env: ToolContext["ownEnv"];
  readonly projectDir: string;
  readonly stateDir: string;
  readonly signal: AbortSignal;
  /** Content of the project's files by SHA-256. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Masks secrets. @default nothing is masked */
  readonly mask?: ToolContext["mask"];
}

/** What a tool may use outside of a run; secrets are variables of this process, and empty where there is none. */
export function createLocalContext(name: string, spec: ToolSpec, place: LocalPlace): ToolContext {
  const { env, files, mask = (text: string) => text, ...rest } = place;
  return {
    ...rest,
    name,
    spec,
    mask,
    ownEnv: env,
    given: joinTexts(putInSecrets(spec.env ?? {}, env)),
    resolve: async (template) => putInSecrets(template, env),
    readFile: async (sha256) => files.get(sha256) ?? Promise.reject(new Error(`there is no file ${sha256}`)),
  };
}

/** The secrets that a tool names. */
export function namedSecrets(spec: ToolSpec): readonly string[] {
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
