import { followRun } from "../client/follow-run.ts";
import { resolveStored } from "../client/resolve-stored.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { isJsonObject } from "../plan/json.ts";
import { isIdle } from "../plan/run-states.ts";
import type { ApprovalReport, RunReport, RunStatus } from "../plan/report.ts";
import { renderMarkdown } from "../report/render-markdown.ts";
import { EXIT, exitOfRun } from "./exit-codes.ts";
import { explainError } from "./explain-error.ts";
import { watchInterruptKey } from "./interrupt-key.ts";
import { joinOwnCalls } from "./join-own-calls.ts";
import type { Output } from "./output.ts";
import { createProgress } from "./progress.ts";
import { createQuestions, keyOfQuestion } from "./questions.ts";
import type { Session } from "./session.ts";
import { createStreamView } from "./stream-view.ts";
import { shellWord } from "../plan/shell-word.ts";

/** How to follow a run. */
export interface FollowToEnd {
  readonly out: Output;
  /** False: return when only people or timers can move the run. */
  readonly wait: boolean;
  /** The end state that is a success. @default "completed" */
  readonly wanted?: RunStatus;
  /** The interrupt key leaves the run alone. @default false */
  readonly onlyLook?: boolean;
  /** Print all that agents say, line by line. @default false */
  readonly stream?: boolean;
}

/** Follows a run, with a worker that begins steps unless it only looks, asks for approvals on a terminal, prints the report; gives the exit code. */
export async function followToEnd(session: Session, run: string, options: FollowToEnd): Promise<number> {
  const { out, wanted = "completed", onlyLook = false } = options;
  const progress = createProgress(out);
  const streams = createStreamView({
    out,
    progress,
    storeDir: session.storeDir,
    run,
    whole: options.stream ?? out.verbose,
  });
  const { connected, worker } = session;
  const onTerminate = () => worker?.breakOff();
  const interrupt = watchInterruptKey({ connected, run, out, tell: progress.print, onlyLook, onTerminate });
  const questions = createQuestions({ connected, run, out, signal: interrupt.leave });
  const told = new Set<string>();
  const onSilence = ({ code, message, hint }: Diagnostic) => {
    // The count in it grows.
    const kind = message.replaceAll(/\d+/g, "");
    if (told.has(kind)) return;
    told.add(kind);
    progress.print(`${code}: ${message}\n  ${hint}`);
  };
  const onOutage = (fault: unknown) => {
    const [why] = fault === undefined ? [] : explainError(fault);
    progress.print(why === undefined ? "The server answers again." : `${why.code}: ${why.message}; waiting for it`);
  };
  const show = (report: RunReport) => {
    progress.show(report);
    streams.show(report);
    for (const approval of report.approvals) {
      const { message, status } = approval;
      const question = keyOfQuestion(approval);
      if (status !== "pending" || told.has(question) || questions.willAsk(approval)) continue;
      told.add(question);
      progress.print(`${run} waits for a person: ${message}\n${answersFor(run, approval)}`);
    }
    for (const { path, status, childRun } of report.steps) {
      if (status !== "waiting" || childRun === undefined || told.has(childRun)) continue;
      told.add(childRun);
      progress.print(`${path} waits: it is the run ${childRun}; see \`aiworkflow show ${shellWord(childRun)}\`.`);
    }
  };
  const asks = ({ approvals }: RunReport) => !interrupt.isPressed && approvals.some(questions.willAsk);
  const mayStop = (report: RunReport) => !options.wait && !interrupt.isPressed && isIdle(report.status);
  try {
    if (!onlyLook) await worker?.beginSteps();
    let report: RunReport;
    for (;;) {
      report = await followRun(connected, run, {
        onReport: show,
        onSilence,
        onOutage,
        signal: interrupt.hurry,
        until: (now) => asks(now) || mayStop(now),
      });
      if (report.closedAt !== null || interrupt.leave.aborted) break;
      const question = report.approvals.find(questions.willAsk);
      if (interrupt.isPressedAgain) await progress.aside(() => interrupt.askWhatNow());
      else if (question !== undefined && !interrupt.isPressed) await progress.aside(() => questions.ask(question));
      else if (mayStop(report)) break;
    }
    streams.end();
    progress.end();
    await printReport(session, report, out);
    if ((interrupt.isPressed || interrupt.leave.aborted) && !onlyLook) return EXIT.interrupted;
    return report.status === wanted ? EXIT.ok : exitOfRun(report);
  } finally {
    streams.end();
    progress.end();
    interrupt.release();
  }
}

/** What `--stream` says. */
export function streamOption(options: { readonly [name: string]: unknown }): Pick<FollowToEnd, "stream"> {
  return options["stream"] === true ? { stream: true } : {};
}

function answersFor(run: string, { step, fields }: ApprovalReport): string {
  const question = `${shellWord(run)} ${shellWord(step)}`;
  if (fields === undefined) return `  aiworkflow approve ${question}   or   aiworkflow reject ${question}`;
  const values = Object.keys(fields).map((name) => `-i ${shellWord(name)}=…`);
  return `  aiworkflow answer ${question} ${values.join(" ")}`;
}

/** Prints a report with its stored values opened, and with what the ledger knows besides. */
export async function printReport(session: Session, report: RunReport, out: Output): Promise<void> {
  const joined = await joinOwnCalls(report, session.storeDir);
  const open = await resolveStored(session.storeDir, joined as never);
  const whole = (isJsonObject(open) ? open : joined) as unknown as RunReport;
  out.data(whole);
  out.text(renderMarkdown(whole, session.linkTo(whole.run)));
}
