import type { RunReport } from "../../plan/report.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT, exitOfRun } from "../exit-codes.ts";
import { readDurationFlag } from "../read-duration-flag.ts";
import { openSession } from "../session.ts";

const PATIENCE_MS = 20_000;
/** Most runs end sooner. */
const SILENCE_MS = 1000;

/** `cancel RUN`: asks, and waits until the run has ended; says what it waits for. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [id = ""] = args;
  const patienceMs = readDurationFlag(options["timeout"]) ?? PATIENCE_MS;
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const [{ cancelRun }, { followRun }] = await Promise.all([
      import("../../client/cancel-run.ts"),
      import("../../client/follow-run.ts"),
    ]);
    await cancelRun(session.connected, id);
    let still: readonly string[] = [];
    let isSilent = true;
    const tell = () => {
      if (still.length > 0 && !isSilent) out.note(`Still running: ${still.join(", ")}`);
    };
    const timer = setTimeout(() => {
      isSilent = false;
      tell();
      // What is to be undone, or to be done at last, is done by somebody.
      session.worker?.beginSteps().catch((error: unknown) => out.note(String(error)));
    }, SILENCE_MS);
    const report = await followRun(session.connected, id, {
      signal: AbortSignal.timeout(patienceMs),
      onReport(now) {
        const running = runningSteps(now);
        if (running.join() === still.join()) return;
        still = running;
        tell();
      },
    }).catch((error: unknown) => {
      out.note(`${id} is told to cancel, and does so when somebody works for it.`);
      throw error;
    });
    clearTimeout(timer);
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

function runningSteps({ steps }: RunReport): readonly string[] {
  return steps.filter(({ status }) => status === "running" || status === "waiting").map(({ path }) => path);
}
