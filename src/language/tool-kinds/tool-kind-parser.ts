import type { ToolSpec } from "../../plan/plan.ts";
import type { JsonObject } from "../../plan/json.ts";
import type { FileCollector } from "../compile/file-ref.ts";
import type { Reader } from "../reader.ts";

/** Files of the project that go with a run. */
export interface ProjectFiles {
  readonly files: FileCollector;
  /** Undefined where there is none. */
  readFile(path: string): Uint8Array | undefined;
  /** What a module says of its operations, as `operations:` in registry.yaml would; or why it says nothing. */
  readModule?(path: string, bytes: Uint8Array): { readonly operations: JsonObject } | { readonly fault: string };
}

/** How the settings of one kind of tool are read; what all kinds have is read in `parse-tool-spec.ts`. */
export interface ToolKindParser {
  readonly kind: string;
  /** Keys of this kind alone. */
  readonly keys: readonly string[];
  /** Keys of one of its operations alone. */
  readonly operationKeys?: readonly string[];
  /** Complains through the reader. Operations that it finds count after those of the file. */
  parse(reader: Reader, disk: ProjectFiles): Partial<ToolSpec>;
}
