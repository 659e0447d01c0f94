import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";

/** `terminate RUN`: ends it by force. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [id = ""] = args;
  const session = await openSession({ global: options, out, worker: "if-none" });
  try {
    const { terminateRun } = await import("../../client/control-run.ts");
    const { readReport } = await import("../../client/read-report.ts");
    await terminateRun(session.connected, id, (options["reason"] as string | undefined) ?? "aiworkflow terminate");
    const report = await readReport(session.connected, id);
    const began = report.steps.filter(({ status }) => status === "running").map(({ path }) => path);
    out.data({ run: id, status: report.status, running: began });
    out.text(`${id} is terminated; nothing was undone.`);
    if (began.length > 0) out.note(`Steps that were under way: ${began.join(", ")}.`);
    out.note(`Take back what it did with \`aiworkflow rollback ${id}\`.`);
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
