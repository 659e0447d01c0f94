import { openArtifactStore } from "../artifacts/artifact-store.ts";
import { loadValue } from "../artifacts/keep-value.ts";
import { isArtifactRef, type Stored } from "../plan/artifact.ts";
import { isJsonObject, type JsonValue } from "../plan/json.ts";
import { StepFailure } from "../plan/step-failure.ts";

/** Puts values back in place of references, at any depth; a reference that this machine's store lacks stays. */
export async function resolveStored(storeDir: string, value: Stored): Promise<JsonValue> {
  const store = openArtifactStore(storeDir);
  const resolve = async (stored: Stored): Promise<JsonValue> => {
    if (isArtifactRef(stored)) return loadValue(store, stored).catch((error: unknown) => orLeave(stored, error));
    if (Array.isArray(stored)) return Promise.all(stored.map(resolve));
    if (!isJsonObject(stored)) return stored;
    const entries = Object.entries(stored).map(async ([key, inner]) => [key, await resolve(inner)] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  return resolve(value);
}

function orLeave(stored: Stored, error: unknown): JsonValue {
  if (error instanceof StepFailure && error.code === "artifact/missing") return stored as JsonValue;
  throw error;
}
