import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { renderTable } from "../table.ts";

/** `approvals list`. */
export const run: CommandRunner = async ({ options, out }) => {
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const { listApprovals } = await import("../../client/list-approvals.ts");
    const { approvals: open, silent } = await listApprovals(session.connected);
    for (const { run: id, reason } of silent) out.note(`${id} waits for people but does not answer: ${reason}`);
    out.data({
      approvals: open.map(({ run: id, step, message, approvers, fields, min, votes, expiresAt }) => ({
        run: id,
        step,
        message,
        approvers,
        fields: fields ?? null,
        min,
        votes,
        expiresAt,
      })),
      silent,
    });
    out.text(
      open.length === 0
        ? silent.length === 0
          ? "Nothing waits for people."
          : `Nothing else waits for people; what ${silent.length === 1 ? "one run asks" : `${silent.length} runs ask`} is not known.`
        : renderTable(
            ["run", "step", "for", "message"],
            open.map((one) => [
              one.run,
              one.step,
              one.approvers.join(", ") || "anybody",
              one.message.split("\n")[0] ?? "",
            ]),
          ),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
