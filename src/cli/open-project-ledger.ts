import { join } from "node:path";
import type { Ledger } from "../ledger/open-ledger.ts";

/** Opens the ledger that the workers of a project share, where the store is on this machine. */
export async function openProjectLedger({ stateDir }: { readonly stateDir: string }): Promise<Ledger> {
  const { openLedger } = await import("../ledger/open-ledger.ts");
  return openLedger(process.env["AIWORKFLOW_STORE"] ?? join(stateDir, "artifacts"));
}
