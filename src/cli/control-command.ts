import type { Control } from "../plan/messages.ts";
import { systemUser } from "./ask-approval.ts";
import type { CommandRunner } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { openSession } from "./session.ts";
import { NOBODY_STAYS } from "./session-worker.ts";

/** The command that asks one thing of a run. */
export function createControlCommand(action: Control["action"], done: string): CommandRunner {
  return async ({ args, options, out }) => {
    const session = await openSession({ global: options, out, worker: "to-answer" });
    try {
      const { controlRun } = await import("../client/control-run.ts");
      const [run = "", step] = args;
      const result = await controlRun(session.connected, run, {
        action,
        by: systemUser(),
        ...(step === undefined ? {} : { step }),
      });
      out.data({ ...result, action, step: step ?? null });
      out.text(`${run}${step === undefined ? "" : `: ${step}`} ${done}.`);
      if (session.worker?.isOwn && action !== "pause") out.note(NOBODY_STAYS);
      return EXIT.ok;
    } finally {
      await session.close();
    }
  };
}
