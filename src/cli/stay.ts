import type { CommandCall } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { openSession } from "./session.ts";

/** Works until a signal comes. `onReady` says what to tell. */
export async function stay(
  { options, out }: CommandCall,
  onReady: (session: Awaited<ReturnType<typeof openSession>>) => void | Promise<void>,
): Promise<number> {
  const session = await openSession({ global: options, out, worker: "always", staying: true });
  const stopped = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await onReady(session);
  await stopped;
  out.note("Stopping…");
  await session.close();
  return EXIT.ok;
}
