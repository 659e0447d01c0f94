import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../diagnostics/diagnostic.ts";
import { createReader, type Reader } from "../language/reader.ts";
import { parseYaml, type YamlResult } from "../language/yaml/parse-yaml.ts";
import { isJsonObject } from "../plan/json.ts";

/** A YAML file of the project; empty where there is none. */
export interface ConfigFile {
  readonly file: string;
  readonly exists: boolean;
  readonly reader: Reader;
  readonly yaml: Pick<YamlResult, "spanOf">;
}

/** Reads a YAML file that holds keys and values. */
export function readConfig(dir: string, name: string, diagnostics: Diagnostic[]): ConfigFile {
  const file = relative(process.cwd(), join(dir, name)) || name;
  const bytes = readBytes(join(dir, name));
  const nowhere = { spanOf: (): Span => ({ line: 1, column: 1, endLine: 1, endColumn: 2 }) };
  const text =
    bytes === undefined
      ? ""
      : Buffer.from(bytes)
          .toString("utf8")
          .replace(/^\uFEFF/, "")
          .replace(/\r\n/g, "\n");
  const yaml = bytes === undefined ? nowhere : parseYaml(text, { file, line: 1, column: 1 });
  const value = "value" in yaml ? yaml.value : undefined;
  if ("diagnostics" in yaml) diagnostics.push(...yaml.diagnostics);
  const object = isJsonObject(value) ? value : {};
  if (value != null && !isJsonObject(value))
    diagnostics.push(
      createDiagnostic({
        code: "yaml/not-a-map",
        message: `${name} holds keys and values`,
        file,
        span: yaml.spanOf([]),
      }),
    );
  return {
    file,
    exists: bytes !== undefined,
    yaml,
    reader: createReader(object, { file, yaml, diagnostics, badValue: "config/bad-value" }),
  };
}

/** Content of a file; undefined where there is none. */
export function readBytes(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
