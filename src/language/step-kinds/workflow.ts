import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { checkValues } from "../../plan/check-value.ts";
import { isJsonObject } from "../../plan/json.ts";
import type { Plan } from "../../plan/plan.ts";
import { nearestName } from "../yaml/nearest-name.ts";
import type { StepCompiler, StepDraft } from "./step-compiler.ts";

const TIMEOUT_MS = 60_000;

/** `workflow: FILE` with `with:`: another workflow, run as a child. */
export const workflowKind: StepCompiler = {
  kind: "workflow",
  key: "workflow",
  keys: ["with"],
  refuses: {
    retry: "the steps of the workflow have their own",
    local: undefined,
    heartbeat: undefined,
    env: undefined,
  },
  undoes: true,
  compile(draft) {
    const { reader } = draft;
    const path = reader.text("workflow");
    if (path === undefined) return undefined;
    const child = draft.loadChild(path);
    if ("fault" in child) {
      reader.complain("workflow", child.fault);
      return undefined;
    }
    const given = draft.compileWith();
    checkInputs(draft, child.plan);
    const limitMs = reader.durationMs("timeout");
    return {
      kind: "workflow",
      effect: "at-most-once",
      timeoutMs: TIMEOUT_MS,
      fields: {
        plan: child.plan,
        with: given,
        ...(limitMs === undefined ? {} : { limitMs }),
        ...(reader.has("priority") || child.plan.priority === undefined ? {} : { priority: child.plan.priority }),
      },
    };
  },
};

/** Names and presence now; values where they are written out. The child checks the rest when it starts. */
function checkInputs({ reader }: StepDraft, { name, inputs }: Plan): void {
  const given = reader.raw("with") ?? {};
  if (!isJsonObject(given)) return;
  const complain = (code: string, input: string, message: string) => {
    const isUnknown = code === "input/unknown";
    const near = isUnknown ? nearestName(input, Object.keys(inputs)) : undefined;
    const top = topOf(input);
    const span = Object.hasOwn(given, top)
      ? reader.spanOf(["with", top], isUnknown ? "key" : "value")
      : reader.spanOf(["workflow"]);
    reader.diagnostics.push(
      createDiagnostic({
        code: "step/bad-value",
        message: `${name}: ${message}`,
        file: reader.file,
        span,
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      }),
    );
  };
  const literal = Object.fromEntries(
    Object.entries(given).filter(([, value]) => !JSON.stringify(value).includes("${{")),
  );
  for (const { input, code, message } of checkValues(inputs, literal).problems) {
    const isComputed = Object.hasOwn(given, topOf(input)) && !Object.hasOwn(literal, topOf(input));
    if (!isComputed) complain(code, input, message);
  }
  for (const top of Object.keys(given))
    if (!Object.hasOwn(literal, top) && !Object.hasOwn(inputs, top))
      complain("input/unknown", top, `there is no input ${top}`);
}

function topOf(input: string): string {
  return input.split(/[.[]/, 1)[0] as string;
}
