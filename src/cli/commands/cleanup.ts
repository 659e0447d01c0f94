import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { streamsDir } from "../../streams/open-stream.ts";
import { sweepStreams } from "../../streams/sweep-streams.ts";
import { openSession } from "../session.ts";
import { readSince } from "../read-since.ts";

/** `cleanup`: deletes runs that ended long ago. */
export const run: CommandRunner = async ({ options, out }) => {
  const endedBefore = readSince((options["olderThan"] as string | undefined) ?? "30d") as Date;
  const dryRun = options["dryRun"] === true;
  const session = await openSession({ global: options, out, worker: "never" });
  try {
    const { deleteRuns } = await import("../../client/delete-runs.ts");
    const runs = await deleteRuns(session.connected, { endedBefore, dryRun });
    if (!dryRun) sweepStreams(streamsDir(session.storeDir));
    out.data({ runs, deleted: !dryRun });
    out.text(
      `${dryRun ? "Would delete" : "Deleted"} ${runs.length} runs${runs.length === 0 ? "" : `: ${runs.join(", ")}`}.`,
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
