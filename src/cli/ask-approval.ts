import { userInfo } from "node:os";
import type { Connected } from "../client/connect-client.ts";
import { decide } from "../client/decide.ts";
import type { ApprovalReport } from "../plan/report.ts";

/** Asks the person at the terminal for a decision and gives it to the run. */
export async function askApproval(
  connected: Connected,
  question: { readonly run: string; readonly approval: ApprovalReport; readonly signal: AbortSignal },
): Promise<void> {
  const { confirm, isCancel, note, text } = await import("@clack/prompts");
  const { run, approval, signal } = question;
  note(approval.message, approval.title, { output: process.stderr });
  const yes = await confirm({ message: `Approve ${approval.step}?`, output: process.stderr, signal });
  if (isCancel(yes)) {
    process.kill(process.pid, "SIGINT");
    return;
  }
  const comment = await text({ message: "A comment (optional)", output: process.stderr, signal });
  await decide(connected, {
    run,
    step: approval.step,
    decision: yes ? "approve" : "reject",
    by: systemUser(),
    ...(typeof comment === "string" && comment !== "" ? { comment } : {}),
  });
}

/** Who votes where nobody else is named. */
export function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "anonymous";
  }
}
