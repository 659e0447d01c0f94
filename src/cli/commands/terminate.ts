import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { shellWord } from "../../plan/shell-word.ts";

/** `terminate RUN`: ends it by force. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [id = ""] = args;
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const { terminateRun } = await import("../../client/control-run.ts");
    const { readReport } = await import("../../client/read-report.ts");
    await terminateRun(session.connected, id, (options["reason"] as string | undefined) ?? "aiworkflow terminate");
    const report = await readReport(session.connected, id).catch((error: unknown) => {
      // It is terminated, whether it can tell of itself or not.
      const why = error instanceof Error ? error.message : String(error);
      out.note(`What was under way is not known: ${why}`);
    });
    const began = report?.steps.filter(({ status }) => status === "running").map(({ path }) => path) ?? [];
    out.data({ run: id, status: report?.status ?? "failed", running: report === undefined ? null : began });
    out.text(`${id} is terminated; nothing was undone.`);
    if (began.length > 0) out.note(`Steps that were under way: ${began.join(", ")}.`);
    out.note(`Take back what it did with \`aiworkflow rollback ${shellWord(id)}\`.`);
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
