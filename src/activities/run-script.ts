import { rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ActionResult, ScriptCall } from "../plan/activity.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import { outputSchema } from "../plan/output-schema.ts";
import type { OutputSpec } from "../plan/plan.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { checkAgainstSchema, parseJson } from "../schema/check-schema.ts";
import { childEnvironment, MAX_VARIABLE_BYTES, namesLeftOut } from "../processes/child-environment.ts";
import { makeScratch } from "../processes/orphans.ts";
import { type ProcessResult, runProcess } from "../processes/run-process.ts";
import { SHELLS } from "../processes/shells.ts";
import type { ActivityHandler } from "./activity-context.ts";

/** How much of an output a failure message and its details show. */
const TAIL_CHARACTERS = 2000;

/**
 * Runs a script body. `with` and the step's `env` arrive as environment variables and as one JSON object on stdin; the
 * output is stdout, as JSON where it is JSON. Throws `StepFailure` `script/exit`, `script/killed`,
 * `script/output-not-json`, `script/invalid-output`, `script/unknown-shell`, `script/workdir`, `script/variable-too-large`.
 */
export const runScript: ActivityHandler<ScriptCall, Omit<ActionResult, "attempts">> = async (call, context) => {
  const shell = SHELLS[call.shell];
  if (shell === undefined) throw new StepFailure("script/unknown-shell", `there is no shell ${call.shell}`);
  const cwd = resolve(context.projectDir, call.workdir ?? ".");
  if (!(await isFolder(cwd)))
    throw new StepFailure("script/workdir", `the working folder ${call.workdir ?? cwd} does not exist`);
  const values = { ...asObject(await context.resolve(call.env)), ...asObject(await context.resolve(call.with)) };

  const folder = await makeScratch(context.stateDir);
  try {
    const file = join(folder, `script.${shell.extension}`);
    await writeFile(file, call.body);
    const env = childEnvironment(context.env, values, context.key);
    refuseEmptyVariables(call, namesLeftOut(env, values));
    context.begin();
    const result = await runProcess({
      command: shell.command,
      args: [...shell.args, file],
      cwd,
      env,
      stdin: JSON.stringify(values),
      signal: context.signal,
      stateDir: context.stateDir,
      key: context.key,
    });
    if (result.exitCode !== 0) throw exitFailure(result, context.redact);
    const output = await readOutput(result.stdout, call.output, context.redact);
    return { output: await context.keep(output) };
  } finally {
    // What stays goes with the worker.
    await rm(folder, { recursive: true, force: true }).catch((error: Error) => context.warn(error.message));
  }
};

/** A shell would take a variable that is not there for an empty one; other languages say so themselves. */
function refuseEmptyVariables({ shell, body }: ScriptCall, leftOut: readonly string[]): void {
  if (shell !== "bash" && shell !== "sh") return;
  const name = leftOut.find((one) => new RegExp(`\\$\\{?[#!]?${one}\\b`).test(body));
  if (name === undefined) return;
  throw new StepFailure(
    "script/variable-too-large",
    `${name} is larger than a variable can be (${MAX_VARIABLE_BYTES} bytes); read it from stdin`,
  );
}

/** The output of a script: JSON where it is JSON (it must be where a shape is declared), else the trimmed text. */
async function readOutput(
  stdout: string,
  spec: OutputSpec | undefined,
  redact: (text: string) => string,
): Promise<JsonValue> {
  const text = stdout.trim();
  const parsed = text === "" ? undefined : parseJson(text);
  if (spec === undefined) return parsed === undefined ? text : parsed;
  const isText = "field" in spec && spec.field.type === "string";
  if (parsed === undefined && !isText) {
    throw new StepFailure(
      "script/output-not-json",
      `the step declares an output, but stdout is not JSON: ${redact(text).slice(0, 200)}`,
    );
  }
  const value = isText && typeof parsed !== "string" ? text : (parsed as JsonValue);
  const problems = await checkAgainstSchema(outputSchema(spec), value);
  if (problems.length > 0)
    throw new StepFailure("script/invalid-output", `the output does not fit: ${problems.join("; ")}`);
  return value;
}

function exitFailure(result: ProcessResult, redact: (text: string) => string): StepFailure {
  const stderr = redact(result.stderr).trim().slice(-TAIL_CHARACTERS);
  const how = result.exitCode === null ? `was killed by ${result.killedBy}` : `exited with ${result.exitCode}`;
  return new StepFailure(
    result.exitCode === null ? "script/killed" : "script/exit",
    stderr === "" ? how : `${how}: ${stderr}`,
    {
      retryable: true,
      details: { exitCode: result.exitCode, stdout: redact(result.stdout).trim().slice(-TAIL_CHARACTERS) },
    },
  );
}

function asObject(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : {};
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
