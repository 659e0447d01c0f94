import { DefaultLogger, type LogEntry } from "@temporalio/worker";

/** What every report tells better. */
const TOLD_ELSEWHERE = new Set(["Activity failed", "Workflow failed"]);

/** Warnings and errors of the SDK on stderr, one line each; failures of steps and runs are no news there. */
export function createWorkerLog(): DefaultLogger {
  return new DefaultLogger("WARN", ({ level, message, meta }: LogEntry) => {
    if (TOLD_ELSEWHERE.has(message)) return;
    const error: unknown = meta?.["error"];
    const reason = error instanceof Error ? `: ${error.message}` : "";
    process.stderr.write(`worker: ${level.toLowerCase()}: ${message}${reason}\n`);
  });
}
