import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { loadWorkflow } from "../../bundle/load-workflow.ts";
import { checkValues } from "../../plan/check-value.ts";
import type { JsonObject } from "../../plan/json.ts";
import { checkStart, readFlags } from "../open-start.ts";
import type { CommandCall, CommandRunner } from "../command.ts";
import { confirmRepeats } from "../confirm-repeats.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { followToEnd } from "../follow-to-end.ts";

/** `fork RUN --with FILE`: a new run that takes over what need not be done again. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [id = ""] = args;
  const file = options["with"] as string | undefined;
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const [{ forkRun }, { planFork }, { readStart }, { readState }, { withDeadline }] = await Promise.all([
      import("../../client/fork-run.ts"),
      import("../../client/plan-fork.ts"),
      import("../../client/read-start.ts"),
      import("../../history/read-state.ts"),
      import("../../client/connect-client.ts"),
    ]);
    const start = await readStart(session.connected, id, session.storeDir);
    const state = await withDeadline(session.connected, () => readState(session.connected.client, id));
    const { plan, files } =
      file === undefined ? { plan: start.plan, files: new Map<string, Uint8Array>() } : load(file, out);
    const kept = Object.entries(start.inputs).filter(([name]) => Object.hasOwn(plan.inputs, name));
    for (const name of Object.keys(start.inputs))
      if (!Object.hasOwn(plan.inputs, name)) out.note(`The input ${name} of ${id} is left out: ${plan.file} has none.`);
    const given = readFlags(plan.inputs, (options["input"] as readonly string[] | undefined) ?? []);
    const inputs: JsonObject = { ...Object.fromEntries(kept), ...given };
    checkStart(plan, inputs);
    const before = { plan: start.plan, inputs: checkValues(start.plan.inputs, start.inputs).values, state };
    const from = options["from"] as string | undefined;
    if (from !== undefined && !plan.steps.some((step) => step.id === from))
      throw new DiagnosticError([
        createDiagnostic({
          code: "run/no-such-step",
          message: `${file ?? start.plan.file} has no step ${from} on its first level`,
          expected: plan.steps.map((step) => step.id).join(", "),
        }),
      ]);
    const planned = planFork(before, { plan, inputs: checkValues(plan.inputs, inputs).values, from });
    out.note(`Taken over: ${planned.reused.join(", ") || "nothing"}`);
    for (const { id: step, why, repeatsEffect } of planned.again)
      out.note(`Runs: ${step} (${why})${repeatsEffect ? "; its effect would be repeated" : ""}`);
    if (options["dryRun"] === true) {
      out.data({ of: id, ...planned });
      return EXIT.ok;
    }
    if (planned.again.some(({ repeatsEffect }) => repeatsEffect)) await confirmRepeats({ out, options });
    const { run: started } = await forkRun(session.connected, {
      of: id,
      plan,
      inputs,
      files,
      state,
      reused: planned.reused,
      projectDir: start.projectDir,
      storeDir: session.storeDir,
      ...(options["id"] === undefined ? {} : { run: options["id"] as string }),
      ...(session.taskQueue === undefined ? {} : { taskQueue: session.taskQueue }),
    });
    out.note(`Run ${started}, forked from ${id}.`);
    return await followToEnd(session, started, { out, wait: options["wait"] !== false });
  } finally {
    await session.close();
  }
};

function load(file: string, out: CommandCall["out"]) {
  const { plan, diagnostics, files, text } = loadWorkflow(file);
  if (plan === undefined) throw new DiagnosticError(diagnostics);
  out.diagnostics(diagnostics, text);
  return { plan, files };
}
