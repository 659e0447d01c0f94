import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { followToEnd, streamOption } from "../follow-to-end.ts";

/** `watch RUN`: looks on until it ends; leaving changes nothing. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [id = ""] = args;
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const { isStranded } = await import("../../client/is-stranded.ts");
    if (await isStranded(session.connected, id))
      out.note(`Nobody takes steps of ${id}: it goes on with \`aiworkflow dev\` or \`aiworkflow worker\`.`);
    const code = await followToEnd(session, id, {
      out,
      wait: true,
      onlyLook: true,
      ...streamOption(options),
    });
    return code === EXIT.waiting ? EXIT.ok : code;
  } finally {
    await session.close();
  }
};
