import { type ArtifactRef, isArtifactRef, MAX_INLINE_BYTES, type Stored } from "../plan/artifact.ts";
import type { JsonObject, JsonValue } from "../plan/json.ts";
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
  if (value.parts === undefined) return readJson(store, value.$artifact);
  const list: JsonValue[] = [];
  for (let part = 0; part < value.parts; part += 1) {
    const items = await Promise.all((await loadPart(store, value, part)).map((item) => openStored(store, item)));
    for (const item of items) list.push(item);
  }
  return list;
}

/** Writes one part of a long list. */
export async function keepPart(store: ArtifactStore, list: readonly Stored[]): Promise<ArtifactRef> {
  const bytes = Buffer.from(JSON.stringify(list), "utf8");
  return { $artifact: await store.put(bytes), bytes: bytes.byteLength, preview: "" };
}

/** A long list from its parts, in order. */
export async function joinParts(store: ArtifactStore, parts: readonly ArtifactRef[]): Promise<ArtifactRef> {
  const index = await keepPart(
    store,
    parts.map(({ $artifact }) => $artifact),
  );
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return { ...index, bytes, preview: `a list in ${parts.length} parts`, parts: parts.length };
}

/** One part of a long list, its values as they are stored. Throws `StepFailure` `artifact/missing`. */
export async function loadPart(store: ArtifactStore, list: ArtifactRef, part: number): Promise<readonly Stored[]> {
  const index = (await readJson(store, list.$artifact)) as readonly string[];
  return (await readJson(store, index[part] as string)) as readonly Stored[];
}

/** Puts values back in place of references, at any depth of a stored value. */
async function openStored(store: ArtifactStore, value: Stored): Promise<JsonValue> {
  if (typeof value !== "object" || value === null) return value;
  if (isArtifactRef(value)) return loadValue(store, value);
  if (Array.isArray(value)) return Promise.all(value.map((item) => openStored(store, item as Stored)));
  const entries = Object.entries(value as JsonObject).map(
    async ([key, inner]) => [key, await openStored(store, inner)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function readJson(store: ArtifactStore, sha256: string): Promise<JsonValue> {
  return JSON.parse(Buffer.from(await readArtifact(store, sha256)).toString("utf8")) as JsonValue;
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
