import { NO_ACTIVITY, type StepCompiler } from "./step-compiler.ts";

const TIMEOUT_MS = 60_000;

/** `wait-until: 2027-01-31T09:00:00+01:00`, or an expression that gives such a text. */
export const waitUntilKind: StepCompiler = {
  kind: "wait-until",
  key: "wait-until",
  keys: [],
  refuses: NO_ACTIVITY,
  compile(draft) {
    const until = draft.reader.text("wait-until");
    if (until === undefined) return undefined;
    if (!until.includes("${{") && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(until)) {
      draft.reader.complain("wait-until", {
        code: "step/bad-value",
        message: `${until} is not a moment`,
        expected: "2027-01-31T09:00:00Z, or with an offset such as +01:00",
      });
    }
    return {
      kind: "wait-until",
      effect: "read",
      timeoutMs: TIMEOUT_MS,
      fields: { until: draft.compile(["wait-until"], until) },
    };
  },
};
