import { userInfo } from "node:os";
import { checkValues } from "../plan/check-value.ts";
import type { Field } from "../plan/plan.ts";
import type { JsonValue } from "../plan/json.ts";
import type { Decision } from "../plan/messages.ts";
import type { ApprovalReport } from "../plan/report.ts";
import { readText } from "./open-start.ts";
import { openPrompts } from "./prompts.ts";

/** What a person has decided; undefined where they pressed the interrupt key, or `signal` took the question away. */
type Answer = Pick<Decision, "decision" | "comment" | "form"> | undefined;

/** A choice that is none of the field's own. */
const LEFT_OUT = { value: "\0", label: "(leave it out)" };

/** Asks the person at the terminal for a yes or no. */
export async function askApproval(approval: ApprovalReport, signal: AbortSignal): Promise<Answer> {
  const prompts = await openPrompts(signal);
  prompts.note(approval.message, approval.title);
  const yes = await prompts.confirm(`Approve ${approval.step}?`);
  if (yes === undefined) return;
  const comment = await prompts.text("A comment (optional)");
  if (comment === undefined) return;
  return { decision: yes ? "approve" : "reject", ...(comment ? { comment } : {}) };
}

/** Lets the person at the terminal fill in a form. */
export async function askForm(approval: ApprovalReport, signal: AbortSignal): Promise<Answer> {
  const prompts = await openPrompts(signal);
  prompts.note(approval.message, approval.title);
  const form: Record<string, JsonValue> = {};
  for (const [name, field] of Object.entries(approval.fields ?? {})) {
    const message = field.description ?? name;
    const choices = field.enum ?? (field.type === "boolean" ? [true, false] : undefined);
    const given =
      choices === undefined
        ? await prompts.text(message, {
            ...(field.default === undefined ? {} : { initialValue: textOf(field.default) }),
            validate: (entered) => problemOf(name, field, entered),
          })
        : await prompts.select(
            message,
            [...choices.map((choice) => ({ value: textOf(choice) })), ...(field.required ? [] : [LEFT_OUT])],
            field.default === undefined ? undefined : textOf(field.default),
          );
    if (given === undefined) return;
    // Nothing entered leaves the field out.
    if (given !== "" && given !== LEFT_OUT.value) form[name] = readText(field, given);
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
