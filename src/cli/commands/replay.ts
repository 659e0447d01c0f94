import { existsSync } from "node:fs";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";

/** `replay RUN|FILE`: checks a history against this build. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [what = ""] = args;
  const { replayHistory } = await import("../../worker/replay-history.ts");
  let why: string | undefined;
  if (existsSync(what)) {
    const { readHistoryFile } = await import("../../client/read-history-file.ts");
    why = await replayHistory(await readHistoryFile(what));
  } else {
    const session = await openSession({ global: options, out, worker: "never" });
    try {
      const { readHistory } = await import("../../client/read-history.ts");
      why = await replayHistory(await readHistory(session.connected, what), { run: what });
    } finally {
      await session.close();
    }
  }
  out.data({ replayed: what, fits: why === undefined, why: why ?? null });
  out.text(why === undefined ? `${what} fits this build.` : `${what} does not fit this build: ${why}`);
  return why === undefined ? EXIT.ok : EXIT.runFailed;
};
