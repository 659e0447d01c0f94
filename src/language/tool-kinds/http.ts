import type { HttpOperations } from "../../plan/http-tool.ts";
import { isJsonObject } from "../../plan/json.ts";
import type { ToolKindParser } from "./tool-kind-parser.ts";
import { finishHttpTool, HTTP_KEYS } from "./http-settings.ts";
import { parseHttpOperation } from "./http-operation.ts";

/** Addresses that the registry describes itself, one operation each. */
export const httpParser: ToolKindParser = {
  kind: "http",
  keys: ["base-url", ...HTTP_KEYS],
  operationKeys: ["method", "path", "query", "headers", "body", "content-type", "result"],
  parse(reader, disk) {
    const base = reader.text("base-url");
    if (base === undefined || !/^https?:\/\/[^/?#]+[^?#]*$/i.test(base) || !URL.canParse(base)) {
      const message = base === undefined ? "an HTTP tool needs a `base-url`" : `${base} is no address`;
      const key = reader.has("base-url") ? "base-url" : "kind";
      reader.complain(key, { code: "config/bad-value", message, expected: "base-url: https://api.example.org/v1" });
      return {};
    }
    const server = base.replace(/\/+$/, "");
    const map = isJsonObject(reader.raw("operations")) ? reader.map("operations") : undefined;
    const names = Object.keys(map?.object ?? {});
    if (names.length === 0) {
      const message = "an HTTP tool needs `operations`";
      reader.complain("kind", { code: "config/bad-value", message, expected: "operations: { find: { path: /find } }" });
    }
    const scheme = Object.keys(reader.map("auth")?.object ?? {})[0];
    const operations: Record<string, HttpOperations["operations"][string]> = {};
    for (const name of names) {
      const own = isJsonObject(map?.raw(name)) ? map?.map(name) : undefined;
      if (own === undefined) continue;
      operations[name] = { ...parseHttpOperation(own), server, security: scheme === undefined ? [] : [[scheme]] };
    }
    const found: HttpOperations = {
      schemes: { bearer: { type: "bearer" }, basic: { type: "basic" } },
      definitions: {},
      operations,
    };
    return finishHttpTool(reader, disk, { path: reader.file.split("/").at(-1) as string, found });
  },
};
