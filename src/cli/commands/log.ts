import { listLogEntries, renderLog } from "../../report/render-log.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";

/** `log RUN`. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const { readReport } = await import("../../client/read-report.ts");
    const report = await readReport(session.connected, args[0] as string);
    out.data({ run: report.run, entries: listLogEntries(report) });
    out.text(renderLog(report));
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
