import { basename } from "node:path";
import { StepFailure } from "../plan/step-failure.ts";
import { unpackFile } from "../processes/unpack-file.ts";
import type { ToolContext } from "./tool-kind.ts";

/** Puts the run's own version of a tool's file on disk, by digest; gives its path. Throws `StepFailure` `tool/no-file`, `tool/unreachable`. */
export async function unpackTool(
  { name, spec, stateDir, readFile }: ToolContext,
  nameOf: (path: string) => string = basename,
): Promise<string> {
  const { file } = spec;
  if (file === undefined) throw new StepFailure("tool/no-file", `the tool ${name} has no file`);
  const bytes = await readFile(file.sha256);
  const place = { sha256: file.sha256, name: nameOf(file.path), mode: 0o700, stateDir };
  return unpackFile(bytes, place).catch((error: Error) => {
    // Nothing was called: that has to be told from a fault after the call.
    throw new StepFailure("tool/unreachable", `the file of the tool ${name} cannot be put on disk: ${error.message}`, {
      retryable: true,
    });
  });
}
