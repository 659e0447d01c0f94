import { userInfo } from "node:os";
import { checkValues } from "../plan/check-value.ts";
import type { Field } from "../plan/plan.ts";
import type { JsonValue } from "../plan/json.ts";
import type { Decision } from "../plan/messages.ts";
import type { ApprovalReport } from "../plan/report.ts";
import { readText } from "./open-start.ts";

/** What a person has decided; undefined where they pressed the interrupt key, or `signal` took the question away. */
type Answer = Pick<Decision, "decision" | "comment" | "form"> | undefined;

/** Asks the person at the terminal for a yes or no. */
export async function askApproval(approval: ApprovalReport, signal: AbortSignal): Promise<Answer> {
  const { confirm, isCancel, note, text } = await import("@clack/prompts");
  const at = { output: process.stderr, signal };
  note(approval.message, approval.title, at);
  const yes = await confirm({ message: `Approve ${approval.step}?`, ...at });
  if (isCancel(yes)) return;
  const comment = await text({ message: "A comment (optional)", ...at });
  if (isCancel(comment)) return;
  return { decision: yes ? "approve" : "reject", ...(comment ? { comment } : {}) };
}

/** Lets the person at the terminal fill in a form. */
export async function askForm(approval: ApprovalReport, signal: AbortSignal): Promise<Answer> {
  const { isCancel, note, select, text } = await import("@clack/prompts");
  const at = { output: process.stderr, signal };
  note(approval.message, approval.title, at);
  const form: Record<string, JsonValue> = {};
  for (const [name, field] of Object.entries(approval.fields ?? {})) {
    const message = field.description ?? name;
    const choices = field.enum ?? (field.type === "boolean" ? [true, false] : undefined);
    const given =
      choices === undefined
        ? await text({
            message,
            ...at,
            ...(field.default === undefined ? {} : { initialValue: textOf(field.default) }),
            validate: (entered) => problemOf(name, field, entered),
          })
        : await select({ message, ...at, options: choices.map(textOf).map((value) => ({ value, label: value })) });
    if (isCancel(given)) return;
    // Nothing entered leaves the field out.
    if (given !== "") form[name] = readText(field, given);
  }
  return { decision: "answer", form };
}

function problemOf(name: string, field: Field, entered: string | undefined): string | undefined {
  const values = entered ? { [name]: readText(field, entered) } : {};
  return checkValues({ [name]: field }, values).problems[0]?.message;
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
