import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { readFlags } from "../open-start.ts";
import { systemUser } from "../ask-approval.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";

/** `answer RUN STEP -i name=value`: fills in a form. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const session = await openSession({ global: options, out, worker: "to-answer" });
  try {
    const [{ decide }, { readReport }] = await Promise.all([
      import("../../client/decide.ts"),
      import("../../client/read-report.ts"),
    ]);
    const [run = "", wanted] = args;
    const forms = (await readReport(session.connected, run)).approvals.filter(
      ({ status, fields }) => status === "pending" && fields !== undefined,
    );
    const form = wanted === undefined && forms.length === 1 ? forms[0] : forms.find(({ step }) => step === wanted);
    if (form === undefined)
      throw new DiagnosticError([
        createDiagnostic({
          code: "approval/not-waiting",
          message:
            wanted === undefined ? `${run} has ${forms.length} open forms` : `${wanted} is no open form of ${run}`,
          expected: forms.map(({ step }) => step).join(", "),
        }),
      ]);
    const result = await decide(session.connected, {
      run,
      step: form.step,
      decision: "answer",
      by: (options["as"] as string | undefined) ?? systemUser(),
      form: readFlags(form.fields ?? {}, (options["input"] as readonly string[] | undefined) ?? []),
      ...(options["comment"] === undefined ? {} : { comment: options["comment"] as string }),
    });
    out.data(result);
    out.text(`${run}: ${result.step} has your answer.`);
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
