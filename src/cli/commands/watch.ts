import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { followToEnd, streamOption } from "../follow-to-end.ts";

/** `watch RUN`: looks on until it ends; leaving changes nothing. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const code = await followToEnd(session, args[0] as string, {
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
