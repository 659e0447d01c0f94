import { randomUUID } from "node:crypto";
import { isJsonObject, type JsonObject } from "../../plan/json.ts";
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
const READABLE = "an answer that can be read";

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
    const said = at < 0 ? undefined : parseJson(result.stdout.slice(at + mark.length + 2));
    return isJsonObject(said) ? readAnswer(said) : died(context, result, at < 0 ? "an answer" : READABLE);
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

function readAnswer({ error, value = null }: JsonObject): ToolAnswer {
  return typeof error === "string" ? { value: error, isError: true } : { value, isError: false };
}

function died({ name, mask }: ToolContext, { exitCode, killedBy, stderr }: ProcessResult, answer: string): never {
  const how = exitCode === null ? `was killed by ${killedBy}` : `ended with ${exitCode}`;
  const tail = mask(stderr).trim().slice(-TAIL_CHARACTERS);
  throw new StepFailure(
    "tool/died",
    `the module ${name} ${how} before it gave ${answer}${tail === "" ? "" : `: ${tail}`}`,
    { retryable: true, outcomeUnknown: true },
  );
}
