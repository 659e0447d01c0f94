import { cancelRun } from "../client/cancel-run.ts";
import { followRun } from "../client/follow-run.ts";
import { resolveStored } from "../client/resolve-stored.ts";
import { isJsonObject } from "../plan/json.ts";
import type { RunReport } from "../plan/report.ts";
import { renderMarkdown } from "../report/render-markdown.ts";
import { askApproval } from "./ask-approval.ts";
import { EXIT, exitOfRun } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { createProgress } from "./progress.ts";
import type { Session } from "./session.ts";

/** Follows a run, asks for approvals on a terminal, prints the report; gives the exit code. */
export async function followToEnd(
  session: Session,
  run: string,
  options: { readonly out: Output; readonly wait: boolean },
): Promise<number> {
  const { out } = options;
  const progress = createProgress(out);
  const stop = new AbortController();
  let interrupts = 0;
  const interrupt = () => {
    interrupts += 1;
    if (interrupts > 1) return stop.abort();
    out.note(`Cancelling ${run}; press Ctrl-C again to leave it to itself.`);
    void cancelRun(session.connected, run).catch(() => undefined);
  };
  process.on("SIGINT", interrupt);
  try {
    let report: RunReport;
    for (;;) {
      report = await followRun(session.connected, run, {
        onReport: progress.show,
        signal: stop.signal,
        until: "waiting",
      });
      const open = report.approvals.find(({ status }) => status === "pending");
      if (report.closedAt !== null || stop.signal.aborted) break;
      if (open !== undefined && out.interactive) {
        progress.pause();
        await askApproval(session.connected, { run, approval: open, signal: stop.signal });
        continue;
      }
      if (!options.wait) break;
      if (open !== undefined)
        out.note(
          `${run} waits: ${open.message}\n  aiworkflow approve ${run} ${open.step}   or   aiworkflow reject ${run} ${open.step}`,
        );
      report = await followRun(session.connected, run, { onReport: progress.show, signal: stop.signal });
      break;
    }
    progress.end();
    await printReport(session, report, out);
    if (interrupts > 0) return EXIT.interrupted;
    if (report.status === "waiting") {
      for (const open of report.approvals.filter(({ status }) => status === "pending"))
        out.note(`${run} waits for a person: aiworkflow approve ${run} ${open.step}`);
    }
    return exitOfRun(report.status);
  } finally {
    progress.end();
    process.off("SIGINT", interrupt);
  }
}

/** Prints a report with its stored values opened. */
export async function printReport(session: Pick<Session, "storeDir">, report: RunReport, out: Output): Promise<void> {
  const open = await resolveStored(session.storeDir, report as never);
  const whole = (isJsonObject(open) ? open : report) as unknown as RunReport;
  out.data(whole);
  out.text(renderMarkdown(whole));
}
