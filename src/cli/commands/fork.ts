import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { checkValues } from "../../plan/check-value.ts";
import type { JsonObject } from "../../plan/json.ts";
import { checkInputs, checkSecrets, loadToRun, readFlags } from "../open-start.ts";
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
    const [{ forkRun }, { planFork }, { readStart }, { readWhatStands }] = await Promise.all([
      import("../../client/fork-run.ts"),
      import("../../client/plan-fork.ts"),
      import("../../client/read-start.ts"),
      import("../../client/read-what-stands.ts"),
    ]);
    const start = await readStart(session.connected, id, session.storeDir);
    const state = await readWhatStands(session.connected, id);
    const { plan, files } =
      file === undefined ? { plan: start.plan, files: new Map<string, Uint8Array>() } : load(file, { options, out });
    const kept = Object.entries(start.inputs).filter(([name]) => Object.hasOwn(plan.inputs, name));
    for (const name of Object.keys(start.inputs))
      if (!Object.hasOwn(plan.inputs, name)) out.note(`The input ${name} of ${id} is left out: ${plan.file} has none.`);
    const given = readFlags(plan.inputs, (options["input"] as readonly string[] | undefined) ?? []);
    const inputs: JsonObject = { ...Object.fromEntries(kept), ...given };
    checkInputs(plan, inputs);
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
    checkSecrets(plan, { worksHere: session.worker?.isOwn === true, out });
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

function load(file: string, call: Pick<CommandCall, "options" | "out">) {
  const { plan, loaded } = loadToRun(file, call);
  return { plan, files: loaded.files };
}
