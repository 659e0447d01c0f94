import type { Connected } from "../client/connect-client.ts";
import { decide } from "../client/decide.ts";
import { mayVote } from "../plan/may-vote.ts";
import type { ApprovalReport } from "../plan/report.ts";
import { askApproval, askForm, systemUser } from "./ask-approval.ts";
import { askWhile } from "./ask-while.ts";
import { explainError } from "./explain-error.ts";
import type { Output } from "./output.ts";

/** The questions of a run, as far as the person at the terminal can answer them. */
export interface Questions {
  /** Whether this one is open, and for this person, who has not answered it yet. */
  readonly willAsk: (approval: ApprovalReport) => boolean;
  /** Asks, and gives the answer to the run; ends early where the answer has come from elsewhere, or where the run has ended. */
  ask(approval: ApprovalReport): Promise<void>;
}

/** `signal` takes a question off the screen; the interrupt key in a question counts as one for the command. */
export function createQuestions({
  connected,
  run,
  out,
  signal,
}: {
  readonly connected: Connected;
  readonly run: string;
  readonly out: Output;
  readonly signal: AbortSignal;
}): Questions {
  const by = systemUser();
  const refused = new Set<string>();
  return {
    willAsk: (approval) =>
      out.interactive &&
      approval.status === "pending" &&
      mayVote(approval.approvers, by) &&
      approval.votes.every((vote) => vote.by !== by) &&
      !refused.has(keyOfQuestion(approval)),
    async ask(approval) {
      const ask = approval.fields === undefined ? askApproval : askForm;
      const isSame = (other: ApprovalReport) =>
        keyOfQuestion(other) === keyOfQuestion(approval) && other.status === "pending";
      const answer = await askWhile(connected, run, {
        isOpen: ({ approvals }) => approvals.some(isSame),
        ask: (on) => ask(approval, on),
        signal,
      });
      if (answer === "gone") return out.note(`${approval.step} waits no longer.`);
      if (signal.aborted) return;
      if (answer === undefined) return void process.kill(process.pid, "SIGINT");
      try {
        await decide(connected, { run, step: approval.step, by, ...answer });
      } catch (error) {
        const diagnostics = explainError(error);
        if (diagnostics.some(({ code }) => code === "internal/bug")) throw error;
        out.diagnostics(diagnostics);
        // The server may have it, or not: who asks again learns which.
        if (diagnostics.some(({ code }) => code.startsWith("server/")))
          return out.note(`Your answer to ${approval.step} may still count.`);
        refused.add(keyOfQuestion(approval));
      }
    },
  };
}

/** Names a question: a step may ask again, in another round. */
export function keyOfQuestion({ step, requestedAt }: ApprovalReport): string {
  return `${step} ${requestedAt}`;
}
