import { parseFields } from "../parse-field.ts";
import { checkKeys } from "../reader.ts";
import { NO_ACTIVITY, type StepCompiler } from "./step-compiler.ts";

const TIMEOUT_MS = 60_000;

/** `ask: {message, fields, approvers, expires}`: a form for a person. */
export const askKind: StepCompiler = {
  kind: "ask",
  key: "ask",
  asks: true,
  keys: [],
  refuses: { ...NO_ACTIVITY, timeout: "say `expires:` inside `ask:`" },
  compile(draft) {
    const { reader } = draft;
    const settings = reader.map("ask");
    if (settings === undefined) return undefined;
    checkKeys(settings, {
      known: ["message", "fields", "approvers", "expires"],
      unknownCode: "step/unknown-key",
      synonyms: { timeout: "expires", text: "message", form: "fields", schema: "fields", inputs: "fields" },
    });
    const given = settings.map("fields")?.object ?? {};
    if (Object.keys(given).length === 0)
      reader.complain("ask", {
        code: "step/bad-value",
        message: "`ask` needs fields to fill in",
        expected: "ask: {message: Which one?, fields: {choice: {type: string, enum: [a, b]}}}",
      });
    const fields = parseFields(given, {
      file: reader.file,
      diagnostics: reader.diagnostics,
      yaml: reader,
      badValue: "field/bad",
      required: true,
      path: ["ask", "fields"],
    });
    const message = settings.text("message") ?? draft.prose.trim();
    if (message === "")
      draft.complain({
        code: "step/empty",
        message: "the form asks nothing",
        span: draft.headingSpan,
        hint: "add a `message:` or prose",
      });
    const expiresMs = settings.durationMs("expires");
    return {
      kind: "ask",
      effect: "read",
      timeoutMs: TIMEOUT_MS,
      fields: {
        message: settings.has("message") ? draft.compile(["ask", "message"], message) : draft.compileProse(),
        fields,
        approvers: settings.names("approvers") ?? [],
        ...(expiresMs === undefined ? {} : { expiresMs }),
      },
    };
  },
};
