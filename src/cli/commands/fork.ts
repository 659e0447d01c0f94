import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { loadWorkflow } from "../../bundle/load-workflow.ts";
import { checkValues } from "../../plan/check-value.ts";
import { openStart } from "../open-start.ts";
import type { CommandRunner } from "../command.ts";
import { confirmRepeats } from "../confirm-repeats.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { followToEnd } from "../follow-to-end.ts";

/** `fork RUN --with FILE`: a new run that takes over what need not be done again. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [id = ""] = args;
  const file = options["with"] as string | undefined;
  const session = await openSession({ global: options, out, worker: "if-none" });
  try {
    const [{ forkRun, planFork }, { readStart }, { readState }, { withDeadline }] = await Promise.all([
      import("../../client/fork-run.ts"),
      import("../../client/read-start.ts"),
      import("../../history/read-state.ts"),
      import("../../client/connect-client.ts"),
    ]);
    const start = await readStart(session.connected, id, session.storeDir);
    const state = await withDeadline(session.connected, () => readState(session.connected.client, id));
    const given = (options["input"] as readonly string[] | undefined) ?? [];
    const edited =
      file === undefined
        ? { plan: start.plan, inputs: start.inputs, files: new Map<string, Uint8Array>() }
        : given.length > 0
          ? { ...openStart(file, { options, out }), files: loadWorkflow(file).files }
          : { ...compile(file), inputs: start.inputs };
    const before = { plan: start.plan, inputs: checkValues(start.plan.inputs, start.inputs).values, state };
    const from = options["from"] as string | undefined;
    if (from !== undefined && !edited.plan.steps.some((step) => step.id === from))
      throw new DiagnosticError([
        createDiagnostic({
          code: "run/no-such-step",
          message: `${file ?? start.plan.file} has no step ${from} on its first level`,
          expected: edited.plan.steps.map((step) => step.id).join(", "),
        }),
      ]);
    const inputs = checkValues(edited.plan.inputs, edited.inputs);
    if (inputs.problems.length > 0)
      throw new DiagnosticError(inputs.problems.map(({ code, message }) => createDiagnostic({ code, message })));
    const planned = planFork(before, { plan: edited.plan, inputs: inputs.values, from });
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
      plan: edited.plan,
      inputs: edited.inputs,
      files: edited.files,
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

function compile(file: string) {
  const { plan, diagnostics, files } = loadWorkflow(file);
  if (plan === undefined) throw new DiagnosticError(diagnostics);
  return { plan, files };
}
