import { openArtifactStore } from "../artifacts/artifact-store.ts";
import { isArtifactRef, type Stored } from "../plan/artifact.ts";
import { isJsonObject, type JsonValue } from "../plan/json.ts";

/** Puts values back in place of references, at any depth; a reference that this machine's store lacks stays. */
export async function resolveStored(storeDir: string, value: Stored): Promise<JsonValue> {
  const store = openArtifactStore(storeDir);
  const resolve = async (stored: Stored): Promise<JsonValue> => {
    if (isArtifactRef(stored)) {
      const bytes = await store.get(stored.$artifact);
      return bytes === undefined ? (stored as unknown as JsonValue) : JSON.parse(Buffer.from(bytes).toString("utf8"));
    }
    if (Array.isArray(stored)) return Promise.all(stored.map(resolve));
    if (!isJsonObject(stored)) return stored;
    const entries = Object.entries(stored).map(async ([key, inner]) => [key, await resolve(inner)] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  return resolve(value);
}
