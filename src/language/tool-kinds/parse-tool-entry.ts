import { isJsonObject, type JsonValue } from "../../plan/json.ts";
import { checkKeys, createReader, type Reader } from "../reader.ts";
import { byPreference } from "./choose-tool.ts";
import { parseCallLimits } from "./parse-call-limits.ts";
import { mergeOperations, parseOperations, type ToolPlace } from "./parse-operations.ts";
import { parseToolSpec } from "./parse-tool-spec.ts";
import type { Implementation, ToolEntry } from "./tool-entry.ts";
import type { ProjectFiles } from "./tool-kind-parser.ts";

/** Keys beside `implementations`: what all of them have. */
const SHARED_KEYS = ["implementations", "description", "category", "operations", "timeout", "concurrency", "rate"];

/** Reads one entry of `tools:` in registry.yaml; undefined where nothing of it can be used. */
export function parseToolEntry(reader: Reader, place: ToolPlace, disk: ProjectFiles): ToolEntry | undefined {
  const implementations = reader.has("implementations")
    ? parseImplementations(reader, place, disk)
    : [parseImplementation(reader, place, disk)];
  const known = implementations.filter((one) => one !== undefined);
  const description = reader.text("description");
  const category = reader.text("category");
  if (known.length === 0) return undefined;
  return {
    ...(description === undefined ? {} : { description }),
    ...(category === undefined ? {} : { category }),
    implementations: known.sort(byPreference()),
  };
}

function parseImplementations(
  reader: Reader,
  place: ToolPlace,
  disk: ProjectFiles,
): readonly (Implementation | undefined)[] {
  checkKeys(reader, { known: SHARED_KEYS, unknownCode: "config/unknown-key" });
  const list = reader.raw("implementations");
  const items: readonly JsonValue[] = Array.isArray(list) ? list : [];
  if (items.length === 0 || !items.every(isJsonObject)) {
    reader.complain("implementations", {
      code: "config/bad-value",
      message: "`implementations` is a list of ways to the tool",
      expected: "implementations: [{ kind: mcp, … }, { kind: script, … }]",
    });
    return [];
  }
  const operations = parseOperations(reader, place);
  const timeoutMs = reader.attemptMs("timeout");
  const limits = parseCallLimits(reader);
  return items.map((object, index) => {
    const path = [...place.path, "implementations", index];
    const own = createReader(object, { ...place, file: reader.file, badValue: "config/bad-value", path });
    for (const key of ["description", "category", "concurrency", "rate"]) {
      if (own.has(key))
        own.complain(key, { code: "config/unknown-key", message: `${key} is the same for all implementations` }, "key");
    }
    const found = parseImplementation(own, { ...place, path }, disk);
    if (found === undefined) return undefined;
    const shared = {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(limits === undefined ? {} : { limits }),
    };
    const spec = { ...shared, ...found.spec, operations: mergeOperations(found.spec.operations, operations) };
    return { ...found, spec };
  });
}

/** One way to a tool, with whether and when it is chosen. */
function parseImplementation(reader: Reader, place: ToolPlace, disk: ProjectFiles): Implementation | undefined {
  const spec = parseToolSpec(reader, place, disk);
  const enabled = reader.flag("enabled") ?? true;
  const priority = reader.count("priority");
  return spec === undefined ? undefined : { spec, enabled, ...(priority === undefined ? {} : { priority }) };
}
