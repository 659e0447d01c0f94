import { NO_ACTIVITY, type StepCompiler } from "./step-compiler.ts";
import { checkKeys, type Reader } from "../reader.ts";

const { timeout: _, ...WITHOUT_TIMEOUT } = NO_ACTIVITY;
const TIMEOUT_MS = 60_000;

/** `group: {join, sequence}`: the headings one level deeper are its steps. */
export const groupKind: StepCompiler = {
  kind: "group",
  key: "group",
  keys: [],
  refuses: { ...WITHOUT_TIMEOUT, priority: undefined, output: undefined },
  compile(draft) {
    const { reader, childCount } = draft;
    const settings = reader.raw("group") === null ? undefined : reader.map("group");
    if (settings !== undefined)
      checkKeys(settings, {
        known: ["join", "sequence"],
        unknownCode: "step/unknown-key",
        synonyms: { parallel: "sequence", wait: "join" },
      });
    const inSequence = settings?.flag("sequence") ?? false;
    const join = settings === undefined ? "all" : readJoin(settings, childCount);
    if (inSequence && join !== "all")
      settings?.complain("join", {
        code: "step/bad-value",
        message: "steps in sequence are joined when all have ended",
      });
    if (childCount === 0) {
      draft.complain({
        code: "step/empty",
        message: "the group has no steps",
        span: draft.headingSpan,
        hint: "write its steps below its block, as headings with one `#` more than the group",
      });
    }
    const limitMs = reader.durationMs("timeout");
    const fields = { join, ...(limitMs === undefined ? {} : { limitMs }), steps: draft.children() };
    return { kind: "group", effect: "read", timeoutMs: TIMEOUT_MS, fields };
  },
};

function readJoin(settings: Reader, childCount: number): "all" | number {
  const value = settings.raw("join");
  if (value === undefined || value === "all") return "all";
  if (value === "any") return 1;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= childCount) return value;
  settings.complain("join", {
    code: "step/bad-value",
    message: `a group of ${childCount} step${childCount === 1 ? "" : "s"} cannot be joined by ${JSON.stringify(value)}`,
    expected: `all | any | 1 to ${childCount}`,
  });
  return "all";
}
