import type { ToolSpec } from "../../plan/plan.ts";
import { parseCallLimits } from "./parse-call-limits.ts";
import { parseSecretTexts } from "./parse-secret-texts.ts";
import type { ProjectFiles } from "./tool-kind-parser.ts";
import { TOOL_KINDS, toolKindParsers } from "./tool-kind-parsers.ts";
import { mergeOperations, parseOperations, type ToolPlace } from "./parse-operations.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { refuseOwnVariable } from "../refuse-own-variable.ts";

const KEYS = [
  "kind",
  "env",
  "operations",
  "timeout",
  "concurrency",
  "rate",
  "description",
  "category",
  "enabled",
  "priority",
];
/** Reads one way to a tool: an entry of `tools:` in registry.yaml, one of its implementations, or a companion file. */
export function parseToolSpec(reader: Reader, place: ToolPlace, disk: ProjectFiles): ToolSpec | undefined {
  const kind = reader.oneOf("kind", TOOL_KINDS);
  const parser = toolKindParsers.find((one) => one.kind === kind);
  checkKeys(reader, {
    known: [...new Set([...KEYS, ...(parser?.keys ?? toolKindParsers.flatMap(({ keys }) => keys))])],
    unknownCode: "config/unknown-key",
    synonyms: { type: "kind" },
  });
  if (!reader.has("kind"))
    reader.complain("kind", {
      code: "config/bad-value",
      message: "a tool needs a kind",
      expected: TOOL_KINDS.join(" | "),
    });
  const { operations: told, ...own } = parser?.parse(reader, disk) ?? {};
  const declared = parseOperations(reader, place, parser?.operationKeys);
  const timeoutMs = reader.attemptMs("timeout");
  refuseOwnVariable(reader, "env", "config/bad-value");
  const env = parseSecretTexts(reader, "env");
  const limits = parseCallLimits(reader);
  if (kind === undefined) return undefined;
  return {
    kind,
    ...own,
    ...(env === undefined ? {} : { env }),
    operations: mergeOperations(told ?? {}, declared),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(limits === undefined ? {} : { limits }),
  };
}
