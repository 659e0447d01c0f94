import { createHash } from "node:crypto";
import type { FileRef } from "../../plan/artifact.ts";

/** Collects the content of the files that a plan names. */
export interface FileCollector {
  readonly files: Map<string, Uint8Array>;
  add(path: string, bytes: Uint8Array): FileRef;
}

/** A collector with nothing in it. */
export function createFileCollector(): FileCollector {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    add(path, bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      files.set(sha256, bytes);
      return { path, sha256, bytes: bytes.byteLength };
    },
  };
}
