import type { CommandRunner } from "../command.ts";
import { EXIT, exitOfRun } from "../exit-codes.ts";
import { openSession } from "../session.ts";

const PATIENCE_MS = 20_000;

/** `cancel RUN`: asks, and waits until the run has ended. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [id = ""] = args;
  const session = await openSession({ global: options, out, worker: "if-none" });
  try {
    const [{ cancelRun }, { followRun }] = await Promise.all([
      import("../../client/cancel-run.ts"),
      import("../../client/follow-run.ts"),
    ]);
    await cancelRun(session.connected, id);
    const report = await followRun(session.connected, id, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const still = report.steps.filter(({ status }) => status === "running").map(({ path }) => path);
    out.data({ run: id, status: report.status, running: still });
    out.text(
      report.closedAt === null
        ? `${id} is being cancelled; still running: ${still.join(", ")}`
        : `${id} is ${report.status}.`,
    );
    return report.status === "cancelled" ? EXIT.ok : exitOfRun(report);
  } finally {
    await session.close();
  }
};
