import { isJsonObject } from "../../plan/json.ts";
import { NO_ACTIVITY, type StepCompiler } from "./step-compiler.ts";

const TIMEOUT_MS = 60_000;

/** `set:` named values. */
export const setKind: StepCompiler = {
  kind: "set",
  key: "set",
  keys: [],
  refuses: NO_ACTIVITY,
  compile(draft) {
    const values = draft.reader.raw("set");
    if (!isJsonObject(values)) {
      draft.reader.complain("set", {
        code: "step/bad-value",
        message: "`set` is a map of names to values",
        expected: "set: {name: value}",
      });
      return undefined;
    }
    return { kind: "set", effect: "read", timeoutMs: TIMEOUT_MS, fields: { values: draft.compile(["set"], values) } };
  },
};
