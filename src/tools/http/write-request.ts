import type { HttpOperation, HttpParameter } from "../../plan/http-tool.ts";
import type { JsonObject, JsonValue } from "../../plan/json.ts";
import type { Credentials } from "./use-credentials.ts";
import type { WireRequest } from "./exchange.ts";
import { fillValue, type GivenArguments } from "./fill-value.ts";
import { BadArgument, writeBody } from "./write-body.ts";
import { encodeStrictly, writeInHeader, writeInPath, writePairs } from "./write-parameter.ts";

const DEFAULT_HEADERS = {
  accept: "application/json, text/*;q=0.9, */*;q=0.8",
  "accept-encoding": "identity",
  "user-agent": "aiworkflow",
};

/** Writes the request of a call. Throws `BadArgument` for arguments that cannot be sent. */
export function writeRequest(
  operation: HttpOperation,
  args: JsonObject,
  extra: {
    readonly headers: { readonly [name: string]: string };
    readonly query: { readonly [name: string]: string };
    readonly credentials: Credentials;
  },
): WireRequest {
  const { method, server, defaults, parameters, arguments: schema } = operation;
  const names = new Set(Object.keys((schema["properties"] as JsonObject | undefined) ?? {}));
  const given: GivenArguments = { args: { ...defaults, ...args }, names };
  const values = parameters.flatMap((parameter) => {
    const value = fillValue(parameter.value, given);
    return value === undefined ? [] : [{ parameter, value }];
  });
  const within = (place: HttpParameter["in"]) => values.filter(({ parameter }) => parameter.in === place);
  const pairs = (place: "query" | "cookie") =>
    within(place).flatMap(({ parameter, value }) => writePairs(parameter.name, value, parameter));

  const base = new URL(server);
  const path = writePath(operation.path, within("path"));
  const fixed = Object.entries(extra.query).map((pair) => pair.map(encodeStrictly));
  const query = [...pairs("query"), ...fixed, ...extra.credentials.query].map((pair) => pair.join("=")).join("&");
  const cookies = [...pairs("cookie"), ...extra.credentials.cookies].map((pair) => pair.join("=")).join("; ");
  const value = operation.body === undefined ? undefined : fillValue(operation.body.value, given);
  const body = operation.body === undefined || value === undefined ? undefined : writeBody(operation.body, value);
  const own = within("header").flatMap(({ parameter, value: one }) =>
    one === null ? [] : [[parameter.name, writeInHeader(parameter, one)] as const],
  );
  const headers = mergeHeaders([
    ...Object.entries(DEFAULT_HEADERS),
    ...(body === undefined ? [] : [["content-type", body.mediaType] as const]),
    ...own,
    ...Object.entries(extra.headers),
    ...(cookies === "" ? [] : [["cookie", cookies] as const]),
    ...extra.credentials.headers,
  ]);
  const full = `${base.pathname === "/" ? "" : base.pathname}${path}`;
  return {
    method,
    origin: new URL(base.origin),
    path: `${full === "" ? "/" : full}${query === "" ? "" : `?${query}`}`,
    headers,
    // A server waits for the length of what may have a body.
    body: body?.bytes ?? (["POST", "PUT", "PATCH"].includes(method) ? Buffer.alloc(0) : undefined),
  };
}

function writePath(
  template: string,
  values: readonly { readonly parameter: HttpParameter; readonly value: JsonValue }[],
): string {
  const path = template.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const found = values.find(({ parameter }) => parameter.name === name);
    const text = found === undefined ? "" : writeInPath(found.parameter, found.value);
    if (text === "") throw new BadArgument(`${name} is a part of the path and cannot be empty`);
    return text;
  });
  // Servers and proxies take `..` in a path as the folder above, encoded or not.
  if (path.split("/").some((segment) => /^(\.|%2e){1,2}$/i.test(segment)))
    throw new BadArgument("an argument of the path cannot be . or ..");
  return path;
}

/** Later ones take the place of earlier ones, in whatever case they are written. */
function mergeHeaders(entries: readonly (readonly [name: string, value: string])[]): {
  readonly [name: string]: string;
} {
  const merged = new Map<string, string>();
  for (const [name, value] of entries) {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new BadArgument(`the header ${name} cannot hold such a text`);
    merged.set(name.toLowerCase(), value);
  }
  return Object.fromEntries(merged);
}
