import { createReader } from "../reader.ts";
import { parseOperations } from "./parse-operations.ts";
import type { ToolKindParser } from "./tool-kind-parser.ts";

/** A TypeScript or JavaScript file of the project that exports operations. */
export const moduleParser: ToolKindParser = {
  kind: "module",
  keys: ["file"],
  parse(reader, disk) {
    const path = reader.text("file");
    if (path === undefined) {
      if (!reader.has("file"))
        reader.complain("kind", { code: "config/bad-value", message: "a module needs a file", expected: "file: PATH" });
      return {};
    }
    const bytes = disk.readFile(path);
    if (bytes === undefined) {
      reader.complain("file", { code: "config/no-file", message: `there is no file ${path}` });
      return {};
    }
    const file = disk.files.add(path, bytes);
    const read = disk.readModule?.(path, bytes) ?? { operations: {} };
    if ("fault" in read) {
      reader.complain("file", { code: "config/bad-module", message: `${path}: ${read.fault}` });
      return { file };
    }
    const span = reader.spanOf(reader.has("file") ? ["file"] : []);
    const yaml = { spanOf: () => span };
    const { diagnostics } = reader;
    const said = createReader(
      { operations: read.operations },
      { file: path, yaml, diagnostics, badValue: "config/bad-value" },
    );
    return { file, operations: parseOperations(said, { yaml, diagnostics, path: [] }) };
  },
};
