import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Does something while a project's artifact store is away, as when a mount is lost. */
export async function withoutStore(projectDir: string, work: () => Promise<void>): Promise<void> {
  const store = join(projectDir, ".aiworkflow", "artifacts");
  const away = `${store}-away`;
  mkdirSync(store, { recursive: true });
  renameSync(store, away);
  // Else a worker would make a new one.
  writeFileSync(store, "");
  try {
    await work();
  } finally {
    rmSync(store);
    renameSync(away, store);
  }
}
