import { callToolOutside } from "../../activities/call-tool-outside.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { chooseTool } from "../../language/tool-kinds/choose-tool.ts";
import { type Ledger, openLedger } from "../../ledger/open-ledger.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { splitOperation } from "../../plan/operation-name.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { missingSecrets } from "../../tools/local-context.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { findTool, openTools } from "../open-tools.ts";
import { errorJson } from "../output.ts";
import { storeDirOf } from "../store-dir.ts";

const TIMEOUT_MS = 300_000;

/** `tools call TOOL.OPERATION`: one real call outside of a run. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const { tool: name, operation } = splitOperation(args[0] ?? "");
  if (operation === "") throw bad("cli/usage", `${args[0]} is not TOOL.OPERATION`);
  const { project, place } = openTools();
  const { spec } = chooseTool(findTool(project, name));
  if (spec === undefined) throw bad("step/tool-off", `the tool ${name} is switched off in registry.yaml`);
  if (spec.pinned !== true && !Object.hasOwn(spec.operations, operation))
    throw bad("step/unknown-operation", `${name} has no operation ${operation}`);
  const missing = missingSecrets(spec, process.env);
  if (missing.length > 0) throw bad("secret/missing", `the secret ${missing[0]} is not in the environment`);
  const declared = spec.operations[operation];
  const given = readArguments(declared?.parameters, {
    json: options["arguments"] as string | undefined,
    flags: (options["input"] as readonly string[] | undefined) ?? [],
  });
  const timeoutMs = declared?.timeoutMs ?? spec.timeoutMs ?? TIMEOUT_MS;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new StepFailure("step/cancelled", "interrupted")));
  let ledger: Ledger | undefined;
  let cost = {};
  try {
    const { output, refusal } = await callToolOutside(
      { name, spec, operation, args: given, timeoutMs },
      {
        ...place,
        storeDir: storeDirOf(project),
        ledger: () => (ledger ??= openLedger(storeDirOf(project))),
        costs: project.costs,
        signal: stop.signal,
        warn: out.note,
        paid(usd) {
          cost = { usd };
          out.note(`cost: ${formatUsd(usd)}`);
        },
      },
    );
    if (refusal !== undefined) throw new StepFailure("budget/exceeded", refusal.message);
    out.data({ tool: name, operation, output, ...cost });
    out.text(textOf(output));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    const { code, message } = error;
    out.data({ tool: name, operation, ...errorJson([createDiagnostic({ code, message })]), ...cost });
    out.note(`${code}: ${message}`);
    return code.startsWith("budget/") ? EXIT.refused : EXIT.runFailed;
  } finally {
    ledger?.close();
  }
};

/** `--arguments JSON`, then `-i name=value`: text where the operation wants text, else JSON where it is JSON. */
function readArguments(
  schema: JsonObject | undefined,
  { json, flags }: { readonly json: string | undefined; readonly flags: readonly string[] },
): JsonObject {
  const whole = json === undefined ? {} : parse(json);
  if (!isJsonObject(whole)) throw bad("input/bad-form", "--arguments is one JSON object");
  const properties = isJsonObject(schema?.["properties"]) ? schema["properties"] : {};
  const named = flags.map((flag): [string, JsonValue] => {
    const at = flag.indexOf("=");
    if (at < 1) throw bad("input/bad-form", `${flag} is not name=value`);
    const field = properties[flag.slice(0, at)];
    const text = flag.slice(at + 1);
    const isText = isJsonObject(field) && field["type"] === "string";
    return [flag.slice(0, at), isText ? text : (parse(text) ?? text)];
  });
  return { ...whole, ...Object.fromEntries(named) };
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
}

function bad(code: string, message: string): DiagnosticError {
  return new DiagnosticError([createDiagnostic({ code, message })]);
}
