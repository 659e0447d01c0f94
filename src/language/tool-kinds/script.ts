import type { ToolKindParser } from "./tool-kind-parser.ts";

/** A program in a file of the project. */
export const scriptParser: ToolKindParser = {
  kind: "script",
  keys: ["file"],
  parse(reader, disk) {
    const path = reader.text("file");
    if (path === undefined) return {};
    const bytes = disk.readFile(path);
    if (bytes === undefined) {
      reader.complain("file", { code: "config/no-file", message: `there is no file ${path}` });
      return {};
    }
    return { file: disk.files.add(path, bytes) };
  },
};
