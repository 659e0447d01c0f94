import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { readSince } from "../read-since.ts";
import { renderTable } from "../table.ts";

/** `stats`: how runs ended, and how long they took. */
export const run: CommandRunner = async ({ options, out }) => {
  const since = readSince(options["since"] as string | undefined);
  const session = await openSession({ global: options, out, worker: "never" });
  try {
    const { readStatistics } = await import("../../client/run-statistics.ts");
    const workflow = options["workflow"] as string | undefined;
    const found = await readStatistics(session.connected, {
      ...(workflow === undefined ? {} : { workflow }),
      ...(since === undefined ? {} : { since }),
    });
    out.data(found);
    const seconds = (ms: number | null) => (ms === null ? "" : `${(ms / 1000).toFixed(1)} s`);
    out.text(
      renderTable(
        ["workflow", "runs", "success", "median", "95 %", "states"],
        [...found.workflows, ...(found.workflows.length > 1 ? [found.all] : [])].map((one) => [
          one.workflow,
          String(one.total),
          one.successRate === null ? "" : `${Math.round(one.successRate * 100)} %`,
          seconds(one.medianMs),
          seconds(one.p95Ms),
          Object.entries(one.byStatus)
            .map(([status, count]) => `${count} ${status}`)
            .join(", "),
        ]),
      ),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
