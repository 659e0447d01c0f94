import { argumentSchema, type HttpOperations } from "../../plan/http-tool.ts";
import type { JsonObject } from "../../plan/json.ts";
import type { ToolSpec } from "../../plan/plan.ts";

/** Files are kept while a project is, and so is what was read of them. */
const read = new WeakMap<Uint8Array, HttpOperations>();

/** The JSON Schema of an operation's arguments where files of the project say all of it. */
export function knownSchema(
  { http }: ToolSpec,
  operation: string,
  files: ReadonlyMap<string, Uint8Array>,
): JsonObject | undefined {
  const bytes = files.get(http?.operations.sha256 ?? "");
  if (bytes === undefined) return undefined;
  const known = read.get(bytes) ?? (JSON.parse(Buffer.from(bytes).toString("utf8")) as HttpOperations);
  read.set(bytes, known);
  const found = Object.hasOwn(known.operations, operation) ? known.operations[operation] : undefined;
  return found === undefined ? undefined : argumentSchema(found, known.definitions);
}
