import { systemUser } from "./ask-approval.ts";
import type { CommandRunner } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { openSession } from "./session.ts";
import { NOBODY_STAYS } from "./session-worker.ts";

/** The command that gives one kind of decision. */
export function createDecideCommand(decision: "approve" | "reject"): CommandRunner {
  return async ({ args, options, out }) => {
    const session = await openSession({ global: options, out, worker: "to-answer" });
    try {
      const { decide } = await import("../client/decide.ts");
      const [run = "", step] = args;
      const comment = options["comment"] as string | undefined;
      const result = await decide(session.connected, {
        run,
        decision,
        by: (options["as"] as string | undefined) ?? systemUser(),
        ...(step === undefined ? {} : { step }),
        ...(comment === undefined ? {} : { comment }),
      });
      out.data(result);
      out.text(
        `${result.run}: ${result.step} has your ${decision === "approve" ? "yes" : "no"}${result.settled ? "" : "; more votes are needed"}.`,
      );
      if (session.worker?.isOwn && result.settled) out.note(NOBODY_STAYS);
      return EXIT.ok;
    } finally {
      await session.close();
    }
  };
}
