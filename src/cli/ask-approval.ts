import { userInfo } from "node:os";
import type { Connected } from "../client/connect-client.ts";
import { decide } from "../client/decide.ts";
import { checkValues } from "../plan/check-value.ts";
import type { JsonValue } from "../plan/json.ts";
import type { ApprovalReport } from "../plan/report.ts";
import { readText } from "./open-start.ts";

/** Asks the person at the terminal for a decision and gives it to the run. */
export async function askApproval(
  connected: Connected,
  question: { readonly run: string; readonly approval: ApprovalReport; readonly signal: AbortSignal },
): Promise<void> {
  const { confirm, isCancel, note, text } = await import("@clack/prompts");
  const { run, approval, signal } = question;
  note(approval.message, approval.title, { output: process.stderr });
  const yes = await confirm({ message: `Approve ${approval.step}?`, output: process.stderr, signal });
  if (isCancel(yes)) {
    process.kill(process.pid, "SIGINT");
    return;
  }
  const comment = await text({ message: "A comment (optional)", output: process.stderr, signal });
  await decide(connected, {
    run,
    step: approval.step,
    decision: yes ? "approve" : "reject",
    by: systemUser(),
    ...(typeof comment === "string" && comment !== "" ? { comment } : {}),
  });
}

/** Lets the person at the terminal fill in a form. */
export async function askForm(
  connected: Connected,
  question: { readonly run: string; readonly approval: ApprovalReport; readonly signal: AbortSignal },
): Promise<void> {
  const { isCancel, note, select, text } = await import("@clack/prompts");
  const { run, approval, signal } = question;
  note(approval.message, approval.title, { output: process.stderr });
  const form: Record<string, JsonValue> = {};
  for (const [name, field] of Object.entries(approval.fields ?? {})) {
    const message = field.description ?? name;
    const choices = field.enum ?? (field.type === "boolean" ? [true, false] : undefined);
    const given: unknown =
      choices === undefined
        ? await text({
            message,
            output: process.stderr,
            signal,
            ...(field.default === undefined ? {} : { initialValue: textOf(field.default) }),
            validate: (entered) =>
              checkValues({ [name]: field }, entered ? { [name]: readText(field, entered) } : {}).problems[0]?.message,
          })
        : await select<string>({
            message,
            output: process.stderr,
            signal,
            options: choices.map((value) => ({ value: textOf(value), label: textOf(value) })),
          });
    if (isCancel(given)) {
      process.kill(process.pid, "SIGINT");
      return;
    }
    form[name] = typeof given === "string" ? readText(field, given) : (given as JsonValue);
  }
  await decide(connected, { run, step: approval.step, decision: "answer", by: systemUser(), form });
}

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Who votes where nobody else is named. */
export function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "anonymous";
  }
}
