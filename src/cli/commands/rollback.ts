import type { CommandRunner } from "../command.ts";
import { openSession } from "../session.ts";
import { followToEnd } from "../follow-to-end.ts";

/** `rollback RUN`: takes back what an ended run has done. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [id = ""] = args;
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const { rollbackRun } = await import("../../client/rollback-run.ts");
    const { run: started } = await rollbackRun(session.connected, id, {
      storeDir: session.storeDir,
      ...(options["to"] === undefined ? {} : { to: options["to"] as string }),
      ...(session.taskQueue === undefined ? {} : { taskQueue: session.taskQueue }),
    });
    out.note(`Taking back ${id} as ${started}.`);
    const code = await followToEnd(session, started, { out, wait: true, wanted: "compensated" });
    return code;
  } finally {
    await session.close();
  }
};
