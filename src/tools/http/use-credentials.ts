import type { HttpOperation, HttpOperations, SecurityScheme } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { textOf } from "./fill-value.ts";
import { encodeStrictly, type Pair } from "./write-parameter.ts";

/** Credentials as parts of a request. */
export interface Credentials {
  readonly headers: readonly Pair[];
  readonly query: readonly Pair[];
  readonly cookies: readonly Pair[];
}

/** What an operation asks for, and what there is. */
export interface CredentialSource {
  readonly name: string;
  readonly operation: HttpOperation;
  readonly schemes: HttpOperations["schemes"];
  /** Resolved, by scheme. */
  readonly given: JsonObject;
  /** The tool sends headers or a query of its own, which may be its way to say who it is. */
  readonly hasOwn: boolean;
}

const NONE: Credentials = { headers: [], query: [], cookies: [] };

/** The first alternative that the tool has all credentials of. Throws `StepFailure` `tool/no-credentials`. */
export function useCredentials({ name, operation, schemes, given, hasOwn }: CredentialSource): Credentials {
  const { security } = operation;
  const alternative = security.find((one) => one.length > 0 && one.every((scheme) => Object.hasOwn(given, scheme)));
  if (alternative === undefined) {
    if (security.length === 0 || hasOwn || security.some((one) => one.length === 0)) return NONE;
    const wanted = security.map((one) => one.join(" with ")).join(", or ");
    throw new StepFailure(
      "tool/no-credentials",
      `${name} needs credentials for ${wanted}; the tool has none under \`auth\``,
    );
  }
  const all = alternative.map((scheme) => credential(schemes[scheme], given[scheme] as JsonValue));
  return {
    headers: all.flatMap((one) => one.headers),
    query: all.flatMap((one) => one.query),
    cookies: all.flatMap((one) => one.cookies),
  };
}

function credential(scheme: SecurityScheme | undefined, value: JsonValue): Credentials {
  if (scheme?.type === "basic") {
    const { username, password } = isJsonObject(value) ? value : {};
    const token = Buffer.from(`${textOf(username ?? null)}:${textOf(password ?? null)}`, "utf8").toString("base64");
    return { ...NONE, headers: [["authorization", `Basic ${token}`]] };
  }
  const text = textOf(value);
  if (scheme?.type === "bearer") return { ...NONE, headers: [["authorization", `Bearer ${text}`]] };
  if (scheme?.type !== "apiKey") return NONE;
  if (scheme.in === "header") return { ...NONE, headers: [[scheme.name, text]] };
  const pair: Pair = [encodeStrictly(scheme.name), encodeStrictly(text)];
  return scheme.in === "query" ? { ...NONE, query: [pair] } : { ...NONE, cookies: [pair] };
}
