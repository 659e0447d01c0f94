import { type ArtifactRef, isArtifactRef, MAX_INLINE_BYTES, type Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import { StepFailure } from "../plan/step-failure.ts";
import type { ArtifactStore } from "./artifact-store.ts";

const PREVIEW_LENGTH = 120;

/**
 * The value itself when its JSON has at most `maxInlineBytes` and no key that could be taken for a reference, else
 * a reference to it in the store.
 */
export async function keepValue(
  store: ArtifactStore,
  value: JsonValue,
  maxInlineBytes: number = MAX_INLINE_BYTES,
): Promise<Stored> {
  const text = JSON.stringify(value);
  const bytes = Buffer.from(text, "utf8");
  if (bytes.byteLength <= maxInlineBytes && !text.includes('"$artifact"')) return value;
  const preview = (typeof value === "string" ? value : text).slice(0, PREVIEW_LENGTH);
  return { $artifact: await store.put(bytes), bytes: bytes.byteLength, preview: preview.toWellFormed() };
}

/** The inverse of `keepValue`. Throws `StepFailure` `artifact/missing`. */
export async function loadValue(store: ArtifactStore, value: Stored): Promise<JsonValue> {
  if (!isArtifactRef(value)) return value;
  const bytes = await readArtifact(store, value.$artifact);
  return JSON.parse(Buffer.from(bytes).toString("utf8")) as JsonValue;
}

/** The bytes of an artifact. Throws `StepFailure` `artifact/missing` (retryable: a shared folder may lag). */
export async function readArtifact(store: ArtifactStore, sha256: ArtifactRef["$artifact"]): Promise<Uint8Array> {
  const bytes = await store.get(sha256);
  if (bytes) return bytes;
  throw new StepFailure(
    "artifact/missing",
    `artifact ${sha256.slice(0, 12)}… is not in this worker's store; every worker of a run must share one store folder`,
    { retryable: true },
  );
}
