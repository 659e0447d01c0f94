import { readFileSync } from "node:fs";
import { type LoadedWorkflow, loadWorkflow } from "../bundle/load-workflow.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.ts";
import { nearestName } from "../language/yaml/nearest-name.ts";
import { parseYaml } from "../language/yaml/parse-yaml.ts";
import { checkValues } from "../plan/check-value.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import type { Field, Plan } from "../plan/plan.ts";
import type { CommandCall } from "./command.ts";

/** Loads a workflow that is to be started, with its inputs. Throws `DiagnosticError` for every fault at once. */
export function openStart(
  path: string,
  { options, out }: Pick<CommandCall, "options" | "out">,
): { readonly loaded: LoadedWorkflow; readonly plan: Plan; readonly inputs: JsonObject } {
  const { loaded, plan } = loadToRun(path, { options, out });
  const given = {
    ...readInputFile(options["inputFile"] as string | undefined),
    ...readFlags(plan.inputs, (options["input"] as readonly string[] | undefined) ?? []),
  };
  checkInputs(plan, given);
  return { loaded, plan, inputs: given };
}

/** Loads a workflow that is to run, and tells its warnings. Throws `DiagnosticError` for every fault at once. */
export function loadToRun(
  path: string,
  { options, out }: Pick<CommandCall, "options" | "out">,
): { readonly loaded: LoadedWorkflow; readonly plan: Plan } {
  const agent = options["agent"] as string | undefined;
  const loaded = loadWorkflow(path, agent === undefined ? {} : { agent });
  const { plan } = loaded;
  // A file without an agent is a fine file, but it cannot run.
  const diagnostics = loaded.diagnostics.map((one): Diagnostic =>
    one.code === "agent/none" ? { ...one, severity: "error" } : one,
  );
  if (plan === undefined || diagnostics.some(({ severity }) => severity === "error")) {
    throw new DiagnosticError(diagnostics);
  }
  out.diagnostics(diagnostics, loaded.text);
  return { loaded, plan };
}

/** Throws `DiagnosticError` for every value that the plan does not take, all at once. */
export function checkInputs(plan: Plan, given: JsonObject): void {
  const { problems } = checkValues(plan.inputs, given);
  if (problems.length === 0) return;
  throw new DiagnosticError(
    problems.map(({ code, message, input }) => {
      const near = code === "input/unknown" ? nearestName(input, Object.keys(plan.inputs)) : undefined;
      return createDiagnostic({ code, message, ...(near === undefined ? {} : { hint: `did you mean ${near}?` }) });
    }),
  );
}

/**
 * The secrets of a plan are looked up where its steps work. `worksHere`: that is this process' environment, so that one which is
 * missing is an error, thrown as `DiagnosticError` `secret/missing`; else it may be there, and is only told.
 */
export function checkSecrets(
  plan: Plan,
  { worksHere, out }: { readonly worksHere: boolean } & Pick<CommandCall, "out">,
): void {
  const missing = plan.secrets.filter((name) => !process.env[name]);
  if (missing.length === 0) return;
  if (!worksHere)
    return out.note(`Not in this environment, and looked up in that of the worker: ${missing.join(", ")}.`);
  throw new DiagnosticError(
    missing.map((name) =>
      createDiagnostic({ code: "secret/missing", message: `the secret ${name} is not in the environment` }),
    ),
  );
}

/** Values given as `name=value`, read by the declared types. Throws `DiagnosticError` `input/bad-form`, `input/twice`. */
export function readFlags(fields: Plan["inputs"], flags: readonly string[]): JsonObject {
  const given: Record<string, JsonValue> = {};
  for (const flag of Array.isArray(flags) ? flags : []) {
    const at = flag.indexOf("=");
    if (at < 1) throw bad("input/bad-form", `${flag} is not name=value`);
    const name = flag.slice(0, at);
    if (Object.hasOwn(given, name)) throw bad("input/twice", `the input ${name} is given twice`);
    given[name] = readText(fields[name], flag.slice(at + 1));
  }
  return given;
}

/** A value as it is written on a command line, read by the declared type. */
export function readText(field: Field | undefined, text: string): JsonValue {
  if (field === undefined || field.type === "string") return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function readInputFile(path: string | undefined): JsonObject {
  if (path === undefined) return {};
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw bad("file/not-found", (error as Error).message);
  }
  const { value, diagnostics } = parseYaml(text, { file: path, line: 1, column: 1 });
  if (diagnostics.length > 0) throw new DiagnosticError(diagnostics);
  if (!isJsonObject(value)) throw bad("input/bad-form", `${path} must hold a map of inputs`);
  return value;
}

function bad(code: string, message: string): DiagnosticError {
  return new DiagnosticError([createDiagnostic({ code, message })]);
}
