import { checkSecrets, openStart } from "../open-start.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { followToEnd, streamOption } from "../follow-to-end.ts";
import { printPlan } from "../print-plan.ts";
import { openSession } from "../session.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { readDurationFlag } from "../read-duration-flag.ts";
import type { Plan } from "../../plan/plan.ts";

/** `run FILE`: compile, start, follow, report. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const { loaded, plan: compiled, inputs } = openStart(args[0] as string, { options, out });
  if (compiled.manual === false)
    throw new DiagnosticError([
      createDiagnostic({ code: "run/not-manual", message: `${compiled.name} is not to be started by hand` }),
    ]);
  const plan = withTimeout(compiled, options["timeout"] as string | undefined);
  if (options["dryRun"] === true) {
    printPlan(out, plan);
    return EXIT.ok;
  }
  const detach = options["detach"] === true;
  const session = await openSession({
    global: options,
    out,
    project: loaded.project,
    worker: detach ? "never" : "if-none",
  });
  try {
    if (detach && session.ownServer)
      throw new DiagnosticError([
        createDiagnostic({
          code: "run/no-server",
          message: "nothing would go on with this run after the command ends",
        }),
      ]);
    checkSecrets(plan, { worksHere: session.worker?.isOwn === true, out });
    const { startRun } = await import("../../client/start-run.ts");
    const id = options["id"] as string | undefined;
    const { run: started } = await startRun(session.connected, {
      plan,
      inputs,
      files: loaded.files,
      projectDir: loaded.project.dir,
      stateDir: loaded.project.stateDir,
      storeDir: session.storeDir,
      ...(id === undefined ? {} : { run: id }),
      ...(session.taskQueue === undefined ? {} : { taskQueue: session.taskQueue }),
    });
    const link = session.linkTo(started);
    out.note(`Run ${started} of ${plan.name}${link === undefined ? "" : `: ${link}`}`);
    if (detach) {
      out.data({ run: started, workflow: plan.name, status: "running" });
      out.text(started);
      return EXIT.ok;
    }
    return await followToEnd(session, started, {
      out,
      wait: options["wait"] !== false,
      ...streamOption(options),
    });
  } finally {
    await session.close();
  }
};

function withTimeout(plan: Plan, timeout: string | undefined): Plan {
  const timeoutMs = readDurationFlag(timeout);
  return timeoutMs === undefined ? plan : { ...plan, timeoutMs };
}
