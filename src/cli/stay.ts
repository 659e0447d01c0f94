import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import type { CommandCall } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { openSession } from "./session.ts";

/** Works until a signal comes. `onReady` says what to tell. */
export async function stay(
  { options, out }: CommandCall,
  onReady: (session: Awaited<ReturnType<typeof openSession>>) => void | Promise<void>,
): Promise<number> {
  const fast = options["fast"] === true;
  if (fast) await refuseUnfit();
  const session = await openSession({ global: options, out, worker: "always", staying: true, fast });
  const stopped = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", () => {
      session.worker?.breakOff();
      resolve();
    });
    // A terminal that is closed may say so twice.
    process.on("SIGHUP", resolve);
  });
  try {
    await onReady(session);
    await stopped;
    out.note("Stopping…");
  } finally {
    await session.close();
  }
  return EXIT.ok;
}

/** `--fast` is refused where it would do nothing, not passed over. */
async function refuseUnfit(): Promise<void> {
  const { findFastObstacle } = await import("../worker/find-fast-obstacle.ts");
  const message = findFastObstacle();
  if (message !== undefined) throw new DiagnosticError([createDiagnostic({ code: "worker/no-fast", message })]);
}
