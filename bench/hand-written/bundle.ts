import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

/** Where the hand-written workflows are, for those who bundle them themselves. */
export const handWrittenPath = join(import.meta.dirname, "workflows.ts");

let file: Promise<string> | undefined;

/** The hand-written workflows, bundled as the interpreter is; a file that goes with this process. */
export function bundleHandWritten(): Promise<string> {
  file ??= bundleWorkflowCode({
    workflowsPath: handWrittenPath,
    logger: new DefaultLogger("ERROR"),
    webpackConfigHook: (config) => ({ ...config, mode: "production", devtool: "inline-nosources-source-map" }),
  }).then(({ code }) => {
    const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
    process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
    const path = join(dir, "hand-written.js");
    writeFileSync(path, code);
    return path;
  });
  return file;
}
