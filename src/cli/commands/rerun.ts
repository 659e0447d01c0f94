import { pathsWithEffects } from "../../plan/has-effect.ts";
import type { CommandRunner } from "../command.ts";
import { confirmRepeats } from "../confirm-repeats.ts";
import { openSession } from "../session.ts";
import { followToEnd } from "../follow-to-end.ts";

/** `rerun RUN --from STEP`: the same run again from a step on. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [id = ""] = args;
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const [{ findPoint, rerunFrom }, { readStart }] = await Promise.all([
      import("../../client/rerun-run.ts"),
      import("../../client/read-start.ts"),
    ]);
    const from = options["from"] as string;
    const point = await findPoint(session.connected, id, from);
    if (point.step !== from)
      out.note(`${from} leaves no mark in history; the run begins again at ${point.step}, with the same values.`);
    if (point.again.length > 0) {
      out.note(
        `Under way then, or begun since a child run that was, so they run again too: ${point.again.join(", ")}.`,
      );
      const { plan } = await readStart(session.connected, id, session.storeDir);
      const repeated = pathsWithEffects(plan, point.again);
      if (repeated.length > 0) {
        out.note(`Beside ${point.step}, these effects would be repeated: ${repeated.join(", ")}`);
        await confirmRepeats({ out, options });
      }
    }
    await rerunFrom(session.connected, id, point);
    out.note(`${id} runs again from ${point.step}.`);
    return await followToEnd(session, id, { out, wait: options["wait"] !== false });
  } finally {
    await session.close();
  }
};
