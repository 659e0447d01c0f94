import { readFile } from "node:fs/promises";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import type { History } from "../worker/replay-history.ts";

/** Reads a file of a history in JSON. Throws `DiagnosticError` `file/bad-history`. */
export async function readHistoryFile(path: string): Promise<History> {
  let why = "there are no events in it";
  try {
    const history = JSON.parse(await readFile(path, "utf8")) as { readonly events?: unknown } | null;
    if (Array.isArray(history?.events)) return history;
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  throw new DiagnosticError([createDiagnostic({ code: "file/bad-history", message: `${path} is no history: ${why}` })]);
}
