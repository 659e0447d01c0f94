import { isIP } from "node:net";
import type { HttpOperations, HttpSettings } from "../../plan/http-tool.ts";
import type { Effect } from "../../plan/plan.ts";
import type { Template } from "../../plan/template.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { nearestName } from "../yaml/nearest-name.ts";
import { parseSecretTexts } from "./parse-secret-texts.ts";
import type { ProjectFiles } from "./tool-kind-parser.ts";

/** Keys that all tools over HTTP have. */
export const HTTP_KEYS = ["headers", "query", "auth", "allow-addresses", "idempotency-header"];

/** What HTTP says of a method's repetition; a registry may know better. */
const EFFECT_OF_METHOD: Readonly<Record<string, Effect>> = {
  GET: "read",
  HEAD: "read",
  OPTIONS: "read",
  TRACE: "read",
  PUT: "idempotent",
  DELETE: "idempotent",
};
const SECRET = /^\$\{\{\s*secrets\.(\w+)\s*\}\}$/;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/** Reads what tools over HTTP have in common, and puts their operations among the files of the run. */
export function finishHttpTool(
  reader: Reader,
  disk: ProjectFiles,
  tool: { readonly path: string; readonly found: HttpOperations },
): { readonly http: HttpSettings; readonly operations: { readonly [name: string]: { readonly effect: Effect } } } {
  const headers = parseSecretTexts(reader, "headers");
  for (const name of Object.keys(headers ?? {})) checkHeaderName(reader, "headers", name);
  const query = parseSecretTexts(reader, "query");
  const credentials = readCredentials(reader, tool.found);
  const allowAddresses = readAddresses(reader);
  const idempotencyHeader = reader.text("idempotency-header");
  if (idempotencyHeader !== undefined) checkHeaderName(reader, "idempotency-header", idempotencyHeader);
  const bytes = Buffer.from(JSON.stringify(tool.found), "utf8");
  const effects = Object.entries(tool.found.operations).map(([name, { method }]) => {
    const effect: Effect = EFFECT_OF_METHOD[method] ?? "at-most-once";
    return [name, { effect }] as const;
  });
  return {
    http: {
      operations: disk.files.add(tool.path, bytes),
      ...(headers === undefined ? {} : { headers }),
      ...(query === undefined ? {} : { query }),
      ...(credentials === undefined ? {} : { credentials }),
      ...(allowAddresses === undefined ? {} : { allowAddresses }),
      ...(idempotencyHeader === undefined ? {} : { idempotencyHeader }),
    },
    operations: Object.fromEntries(effects),
  };
}

function checkHeaderName(reader: Reader, key: string, name: string): void {
  if (!HEADER_NAME.test(name))
    reader.complain(key, { code: "config/bad-value", message: `${JSON.stringify(name)} is no name of a header` });
}

/** `auth:`, by the names of security schemes. */
function readCredentials(
  reader: Reader,
  { schemes }: HttpOperations,
): { readonly [scheme: string]: Template } | undefined {
  const map = reader.map("auth");
  if (map === undefined) return undefined;
  const credentials: Record<string, Template> = {};
  for (const name of Object.keys(map.object)) {
    const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
    if (scheme === undefined) {
      const near = nearestName(name, Object.keys(schemes));
      const expected = Object.keys(schemes).join(", ") || "no security scheme at all";
      const hint = near === undefined ? undefined : `did you mean ${near}?`;
      map.complain(
        name,
        { code: "config/bad-value", message: `there is no security scheme ${name}`, expected, hint },
        "key",
      );
    } else if (scheme.type === "unsupported") {
      map.complain(name, { code: "config/bad-value", message: `${name}: ${scheme.why}` });
    } else if (scheme.type === "basic") {
      const login = map.map(name);
      if (login === undefined) continue;
      checkKeys(login, {
        known: ["username", "password"],
        unknownCode: "config/unknown-key",
        synonyms: { user: "username" },
      });
      credentials[name] = { username: readSecretText(login, "username"), password: readSecretText(login, "password") };
    } else credentials[name] = readSecretText(map, name);
  }
  return credentials;
}

/** Text, or a whole `${{ secrets.X }}`, which stays a name. */
function readSecretText(map: Reader, name: string): Template {
  const value = map.raw(name);
  const text = typeof value === "string" ? value : "";
  const secret = SECRET.exec(text)?.[1];
  if (secret !== undefined) return { $secret: secret };
  if (text.includes("${{")) {
    const message = `${name} holds more than one whole secret`;
    const hint = "a token is given as `auth: { bearer: ${{ secrets.X }} }`, without the word Bearer";
    map.complain(name, { code: "config/bad-value", message, expected: "text, or ${{ secrets.X }} alone", hint });
  } else if (value === undefined || value === null || typeof value === "object") {
    map.complain(name, {
      code: "config/bad-value",
      message: `${name} must be text`,
      expected: "text, or ${{ secrets.X }}",
    });
  } else return String(value);
  return "";
}

function readAddresses(reader: Reader): readonly string[] | undefined {
  const addresses = reader.names("allow-addresses");
  for (const address of addresses ?? []) {
    const [ip = "", bits, ...rest] = address.split("/");
    const most = isIP(ip) === 4 ? 32 : 128;
    if (isIP(ip) !== 0 && rest.length === 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= most)))
      continue;
    reader.complain("allow-addresses", {
      code: "config/bad-value",
      message: `${address} is neither an address nor a block of them`,
      expected: "127.0.0.1, 10.0.0.0/8, ::1, fd00::/8",
      hint: ip === "localhost" ? "localhost is 127.0.0.1 and ::1" : undefined,
    });
  }
  return addresses;
}
