// A process that does one thing under the lock that it is told: `work` takes a moment alone and says whether it was, `stay` stays
// inside until it is killed, `exit` ends there.
import { mkdirSync, rmdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withFileLock } from "../../src/server/file-lock.ts";

process.on("message", ({ lock, act }: { lock: string; act: "work" | "stay" | "exit" }) => {
  void withFileLock(lock, {}, async () => {
    if (act === "exit") process.exit(0);
    mkdirSync(`${lock}.inside`);
    if (act === "stay") process.send?.("inside");
    await sleep(act === "stay" ? 600_000 : 5);
    rmdirSync(`${lock}.inside`);
  }).then(
    () => process.send?.("was alone"),
    (error: unknown) => process.send?.(String(error)),
  );
});
