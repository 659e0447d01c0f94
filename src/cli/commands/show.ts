import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { printReport } from "../follow-to-end.ts";
import { openSession } from "../session.ts";

/** `show RUN`. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const { readReport } = await import("../../client/read-report.ts");
    await printReport(session, await readReport(session.connected, args[0] as string), out);
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
