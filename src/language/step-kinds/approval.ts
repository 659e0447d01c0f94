import { checkKeys } from "../reader.ts";
import { NO_ACTIVITY, type StepCompiler } from "./step-compiler.ts";

const TIMEOUT_MS = 60_000;

/** `approval: {message, approvers, min, expires}`. */
export const approvalKind: StepCompiler = {
  kind: "approval",
  key: "approval",
  asks: true,
  keys: [],
  refuses: { ...NO_ACTIVITY, timeout: "say `expires:` inside `approval:`" },
  compile(draft) {
    const settings = draft.reader.map("approval");
    if (settings === undefined) return undefined;
    checkKeys(settings, {
      known: ["message", "approvers", "min", "expires"],
      unknownCode: "step/unknown-key",
      synonyms: { timeout: "expires", text: "message" },
    });
    const message = settings.text("message") ?? draft.prose.trim();
    const approvers = settings.names("approvers") ?? [];
    const min = settings.count("min") ?? 1;
    const named = approvers.length > 0 && approvers.every((name) => !name.startsWith("@"));
    if (named && min > new Set(approvers).size) {
      settings.complain("min", {
        code: "step/bad-value",
        message: `${min} votes are asked of ${approvers.length} approvers`,
      });
    }
    if (message === "")
      draft.complain({
        code: "step/empty",
        message: "the approval asks nothing",
        span: draft.headingSpan,
        hint: "add a `message:` or prose",
      });
    const expiresMs = settings.durationMs("expires");
    return {
      kind: "approval",
      effect: "read",
      timeoutMs: TIMEOUT_MS,
      fields: {
        message: settings.has("message") ? draft.compile(["approval", "message"], message) : draft.compileProse(),
        approvers,
        min,
        ...(expiresMs === undefined ? {} : { expiresMs }),
      },
    };
  },
};
