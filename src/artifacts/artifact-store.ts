// The content-addressed store: a folder of files named by the SHA-256 of their bytes. Everything a run refers to lies
// here, so that workers on several machines work on one run when they share the folder. May import plan and `node:`.
// Start with `openArtifactStore`; `keep-value.ts` decides what goes in.
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Bytes by digest. */
export interface ArtifactStore {
  readonly dir: string;
  /** Writes durably (file and rename) and gives the SHA-256, lower-case hex. A second put of the same bytes is free. */
  put(bytes: Uint8Array): Promise<string>;
  /** The bytes, or undefined when the store does not have them or they no longer match their digest. */
  get(sha256: string): Promise<Uint8Array | undefined>;
}

/** SHA-256 as lower-case hex. */
function sha256Hex(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Opens the store in a folder; the folder is made at the first `put`. */
export function openArtifactStore(dir: string): ArtifactStore {
  const pathOf = (sha256: string) => join(dir, sha256.slice(0, 2), sha256);
  return {
    dir,
    async put(bytes) {
      const sha256 = sha256Hex(bytes);
      const path = pathOf(sha256);
      if (await hasSize(path, bytes.byteLength)) return sha256;
      await mkdir(join(dir, sha256.slice(0, 2)), { recursive: true });
      const temporary = `${path}.${randomUUID()}`;
      try {
        await writeWhole(temporary, bytes);
        await rename(temporary, path);
      } catch (error) {
        // On a disk that is full every attempt would leave one.
        await rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
      return sha256;
    },
    async get(sha256) {
      if (!/^[0-9a-f]{64}$/.test(sha256)) return undefined;
      const bytes = await readFile(pathOf(sha256)).catch(() => undefined);
      return bytes !== undefined && sha256Hex(bytes) === sha256 ? bytes : undefined;
    },
  };
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function hasSize(path: string, bytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.size === bytes;
}
