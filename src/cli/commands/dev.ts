import { watch } from "node:fs";
import { join, relative } from "node:path";
import { loadWorkflow } from "../../bundle/load-workflow.ts";
import { isEndState, RUN_STATUSES } from "../../plan/run-states.ts";
import type { CommandRunner } from "../command.ts";
import type { Output } from "../output.ts";
import { stay } from "../stay.ts";

const SETTLE_MS = 100;

/** `dev`: server, Web UI and worker; checks workflow files when they are saved. */
export const run: CommandRunner = (call) =>
  stay(call, async ({ connected, project, uiUrl }) => {
    const { out } = call;
    const { listRuns } = await import("../../client/list-runs.ts");
    const open = await listRuns(connected, { statuses: RUN_STATUSES.filter((status) => !isEndState(status)) });
    out.data({ address: connected.target.address, uiUrl: uiUrl ?? null });
    out.note(`Server ${connected.target.address}${uiUrl === undefined ? "" : `, Web UI ${uiUrl}`}. Ctrl-C stops all.`);
    if (open.length > 0) out.note(`Going on with ${open.map((one) => `${one.run} (${one.status})`).join(", ")}`);
    watchWorkflows(join(project.dir, project.workflowsPath), out);
  });

function watchWorkflows(folder: string, out: Output): void {
  const pending = new Map<string, NodeJS.Timeout>();
  const check = (path: string) => {
    pending.delete(path);
    const loaded = loadWorkflow(path);
    out.diagnostics(loaded.diagnostics, loaded.text);
    if (loaded.plan !== undefined) out.note(`${path}: valid, ${loaded.plan.steps.length} steps`);
  };
  try {
    watch(folder, { recursive: true, persistent: false }, (_, name) => {
      if (name === null || !name.endsWith(".md")) return;
      const path = relative(process.cwd(), join(folder, name));
      clearTimeout(pending.get(path));
      pending.set(path, setTimeout(check, SETTLE_MS, path));
    }).on("error", (error) => out.note(`${folder} is watched no longer: ${error.message}`));
  } catch {
    out.debug(`no folder ${folder} to watch`);
  }
}
