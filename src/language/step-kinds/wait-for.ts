import { typeOfOutput } from "../../expressions/type-model.ts";
import { parseFields } from "../parse-field.ts";
import { checkKeys } from "../reader.ts";
import { NO_ACTIVITY, type StepCompiler } from "./step-compiler.ts";

const TIMEOUT_MS = 60_000;
/** Names that a run answers to already. */
const TAKEN = new Set(["approve", "reject", "answer", "decide", "control", "report", "state", "place-granted"]);
/** What begins so is between runs. */
const OWN_PREFIX = "aiworkflow-";

/** `wait-for: {signal, schema, timeout}`. */
export const waitForKind: StepCompiler = {
  kind: "wait-for",
  key: "wait-for",
  keys: [],
  refuses: { ...NO_ACTIVITY, timeout: "say `timeout:` inside `wait-for:`", output: "say `schema:` inside `wait-for:`" },
  compile(draft) {
    const { reader } = draft;
    const short = typeof reader.raw("wait-for") === "string" ? (reader.raw("wait-for") as string) : undefined;
    const settings = short === undefined ? reader.map("wait-for") : undefined;
    if (settings !== undefined)
      checkKeys(settings, {
        known: ["signal", "schema", "timeout"],
        unknownCode: "step/unknown-key",
        synonyms: { expires: "timeout", name: "signal", fields: "schema" },
      });
    const signal = short ?? settings?.text("signal");
    const isOurs = signal !== undefined && (TAKEN.has(signal) || signal.startsWith(OWN_PREFIX));
    if (signal === undefined || !/^[A-Za-z][\w.-]*$/.test(signal) || isOurs) {
      reader.complain("wait-for", {
        code: "step/bad-value",
        message: signal === undefined ? "`wait-for` names a signal" : `a signal cannot be called ${signal}`,
        expected: "wait-for: {signal: paid, schema: {amount: number}, timeout: 3d}",
      });
    }
    const schema = settings?.map("schema")?.object;
    const fields =
      schema === undefined
        ? undefined
        : parseFields(schema, {
            file: reader.file,
            diagnostics: reader.diagnostics,
            yaml: reader,
            badValue: "field/bad",
            required: true,
            path: ["wait-for", "schema"],
          });
    const expiresMs = settings?.durationMs("timeout");
    return {
      kind: "wait-for",
      effect: "read",
      timeoutMs: TIMEOUT_MS,
      ...(fields === undefined ? {} : { output: typeOfOutput({ fields }) }),
      fields: {
        signal: signal ?? "",
        ...(fields === undefined ? {} : { fields }),
        ...(expiresMs === undefined ? {} : { expiresMs }),
      },
    };
  },
};
