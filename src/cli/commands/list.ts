import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import type { RunStatus } from "../../plan/report.ts";
import { RUN_STATUSES } from "../../plan/run-states.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { renderTable } from "../table.ts";

/** `list`. */
export const run: CommandRunner = async ({ options, out }) => {
  const status = readStatus(options["status"] as string | undefined);
  const wanted = readLimit(options["limit"] as string | undefined);
  const session = await openSession({ global: options, out, worker: "never" });
  try {
    const { DEFAULT_LIMIT, listRuns } = await import("../../client/list-runs.ts");
    const limit = wanted ?? DEFAULT_LIMIT;
    const workflow = options["workflow"] as string | undefined;
    const runs = await listRuns(session.connected, {
      ...(workflow === undefined ? {} : { workflow }),
      ...(status === undefined ? {} : { statuses: [status] }),
      limit,
    });
    out.data({ runs });
    out.text(
      runs.length === 0
        ? workflow === undefined && status === undefined
          ? "No runs yet. Start one with `aiworkflow run FILE`."
          : "No run fits."
        : renderTable(
            ["run", "workflow", "status", "started", "ended"],
            runs.map((one) => [one.run, one.workflow, one.status, one.startedAt, one.closedAt ?? ""]),
          ),
    );
    if (runs.length === limit) out.note(`There may be more than these ${limit}: see --limit.`);
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

function readStatus(text: string | undefined): RunStatus | undefined {
  const found = RUN_STATUSES.find((status) => status === text);
  if (text === undefined || found !== undefined) return found;
  throw new DiagnosticError([
    createDiagnostic({ code: "cli/usage", message: `no run is ever ${text}`, expected: RUN_STATUSES.join(" | ") }),
  ]);
}

function readLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && Number.isSafeInteger(limit)) return limit;
  throw new DiagnosticError([
    createDiagnostic({ code: "cli/usage", message: `--limit ${text} is no number of runs`, expected: "1 or more" }),
  ]);
}
