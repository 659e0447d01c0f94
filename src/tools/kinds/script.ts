import { extname } from "node:path";
import type { JsonValue } from "../../plan/json.ts";
import { parseJson } from "../../schema/check-schema.ts";
import { childEnvironment, MAX_VARIABLE_BYTES } from "../../processes/child-environment.ts";
import { runProcess } from "../../processes/run-process.ts";
import { SHELLS } from "../../processes/shells.ts";
import { argumentVariables } from "../argument-variables.ts";
import { describeDeclared } from "../describe-declared.ts";
import type { ToolKind } from "../tool-kind.ts";
import { unpackTool } from "../unpack-tool.ts";

const SHELL_OF_EXTENSION: { readonly [extension: string]: string } = {
  ".sh": "bash",
  ".py": "python",
  ".js": "js",
  ".mjs": "js",
  ".ts": "ts",
  ".mts": "ts",
};

/**
 * A file in `tools/`: operation name first, then `--key=value`; the same values as JSON on stdin, and as variables where they may be.
 * What holds a secret is no flag: everybody on the machine sees those.
 */
export const scriptKind: ToolKind = {
  kind: "script",
  describe: describeDeclared,
  async call(context, operation, args) {
    const file = await unpackTool(context);
    const shell = SHELLS[SHELL_OF_EXTENSION[extname(file)] ?? ""];
    const tooLarge = Object.entries(args).find(([, value]) => Buffer.byteLength(textOf(value)) > MAX_VARIABLE_BYTES);
    if (tooLarge !== undefined) {
      const value = `${tooLarge[0]} is larger than an argument of a program can be (${MAX_VARIABLE_BYTES} bytes)`;
      return { value, isError: true };
    }
    const flags = Object.entries(args)
      .map(([key, value]) => `--${key}=${textOf(value)}`)
      .filter((flag) => context.mask(flag) === flag);
    const result = await runProcess({
      command: shell?.command ?? file,
      args: [...(shell === undefined ? [] : [...shell.args, file]), operation, ...flags],
      cwd: context.projectDir,
      env: childEnvironment(
        context.ownEnv,
        { ...argumentVariables(context, operation, args), ...context.given },
        context.key,
      ),
      stdin: JSON.stringify(args),
      signal: context.signal,
      stateDir: context.stateDir,
      key: context.key,
    });
    const text = result.stdout.trim();
    if (result.exitCode !== 0) {
      const how = result.exitCode === null ? `was killed by ${result.killedBy}` : `exited with ${result.exitCode}`;
      return { value: `${how}: ${context.mask(result.stderr).trim().slice(-2000)}`, isError: true };
    }
    return { value: parseJson(text) ?? text, isError: false };
  },
};

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
