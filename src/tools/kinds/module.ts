import { randomUUID } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { moduleFileName } from "../../plan/module-file.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { parseJson } from "../../schema/check-schema.ts";
import { childEnvironment } from "../../processes/child-environment.ts";
import { type ProcessResult, runProcess } from "../../processes/run-process.ts";
import { programFile } from "../../system/package-root.ts";
import { describeDeclared } from "../describe-declared.ts";
import type { ToolAnswer, ToolContext, ToolKind } from "../tool-kind.ts";
import { unpackTool } from "../unpack-tool.ts";

const TAIL_CHARACTERS = 2000;

/** A file of the project that exports operations; each call has a process of its own, which ends with it. */
export const moduleKind: ToolKind = {
  kind: "module",
  describe: describeDeclared,
  async call(context, operation, args) {
    const mark = randomUUID();
    const result = await run(context, await unpackTool(context, moduleFileName), {
      operation,
      arguments: args,
      key: context.key ?? null,
      env: context.given,
      mark,
    });
    const at = result.stdout.lastIndexOf(`\n${mark}\n`);
    return at < 0 ? died(context, result) : readAnswer(result.stdout.slice(at + mark.length + 2));
  },
};

async function run(context: ToolContext, file: string, order: JsonObject): Promise<ProcessResult> {
  try {
    return await runProcess({
      command: process.execPath,
      args: [programFile("tools", "module-main"), "call", file],
      cwd: context.projectDir,
      env: childEnvironment(context.ownEnv, context.given, context.key),
      stdin: JSON.stringify(order),
      signal: context.signal,
      stateDir: context.stateDir,
      key: context.key,
    });
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    const { code, message, outcomeUnknown } = error;
    if (code === "script/output-too-large")
      throw new StepFailure("tool/output-too-large", `the module ${context.name} gave more than 10 MB`, {
        outcomeUnknown,
      });
    if (code === "script/not-utf8")
      throw new StepFailure("tool/not-utf8", `the module ${context.name}: ${message}`, { outcomeUnknown: true });
    throw error;
  }
}

function readAnswer(json: string): ToolAnswer {
  const said = parseJson(json);
  if (isJsonObject(said) && typeof said["error"] === "string") return { value: said["error"], isError: true };
  return { value: isJsonObject(said) ? (said["value"] as JsonValue) : null, isError: false };
}

function died({ name, mask }: ToolContext, { exitCode, killedBy, stderr }: ProcessResult): never {
  const how = exitCode === null ? `was killed by ${killedBy}` : `ended with ${exitCode}`;
  const tail = mask(stderr).trim().slice(-TAIL_CHARACTERS);
  throw new StepFailure(
    "tool/died",
    `the module ${name} ${how} before it gave an answer${tail === "" ? "" : `: ${tail}`}`,
    { retryable: true, outcomeUnknown: true },
  );
}
