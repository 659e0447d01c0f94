import { NO_ACTIVITY, type StepCompiler } from "./step-compiler.ts";

const TIMEOUT_MS = 60_000;

/** `wait: 3d`. */
export const waitKind: StepCompiler = {
  kind: "wait",
  key: "wait",
  keys: [],
  refuses: { ...NO_ACTIVITY, output: "it has no output; leave `output` out" },
  compile(draft) {
    const durationMs = draft.reader.durationMs("wait") ?? 0;
    return { kind: "wait", effect: "read", timeoutMs: TIMEOUT_MS, fields: { durationMs }, output: { kind: "null" } };
  },
};
