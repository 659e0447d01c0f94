import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "@temporalio/client";
import { serverError } from "./server-error.ts";
import { readSearchAttributes } from "./server-settings.ts";

/** Numbers of `IndexedValueType` in Temporal's API. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = { Keyword: 2, KeywordList: 7 };

/** A local server has them after some milliseconds, a cluster after some seconds. */
const LOOK_EVERY_MS = 20;
const MOST_LOOKS = 500;

/** In gRPC. */
const DEADLINE_EXCEEDED = 4;

/**
 * Adds our search attributes to the namespace where they are missing; who may not look at them is left to try without. Throws
 * `DiagnosticError` `server/search-attribute-type` where one exists with another type, `server/search-attributes` where they
 * cannot be added.
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const wanted = readSearchAttributes();
  const list = async () =>
    (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  const present = await list().catch((error: { readonly code?: unknown }) => {
    if (error.code === DEADLINE_EXCEEDED) throw error;
  });
  if (present === undefined) return;
  const missing: Record<string, number> = {};
  for (const [name, type] of Object.entries(wanted)) {
    const found = present[name];
    if (found === undefined || found === null) missing[name] = TYPE_NUMBERS[type] as number;
    else if (found !== TYPE_NUMBERS[type]) {
      throw serverError(
        "server/search-attribute-type",
        `the namespace ${namespace} has a search attribute ${name} of another type than ${type}`,
        `use another namespace, or remove it: temporal operator search-attribute remove --name ${name}`,
      );
    }
  }
  if (Object.keys(missing).length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: missing });
    // They are usable some milliseconds later; a start in between would be refused.
    for (let tries = 0; tries < MOST_LOOKS; tries += 1) {
      const now = await list();
      if (Object.keys(missing).every((name) => now[name] === missing[name])) return;
      await sleep(LOOK_EVERY_MS);
    }
    throw new Error("they were added, and are not there yet");
  } catch (error) {
    const names = Object.keys(missing).join(", ");
    throw serverError(
      "server/search-attributes",
      `the search attributes ${names} are missing and cannot be added: ${error instanceof Error ? error.message : String(error)}`,
      "ask the operator of the namespace to add them: see temporal/search-attributes.yaml",
    );
  }
}
