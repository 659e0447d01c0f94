import { statSync } from "node:fs";
import { loadWorkflow } from "../../bundle/load-workflow.ts";
import { diagnosticJson } from "../../diagnostics/diagnostic-json.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

/** `workflow validate FILE…`. */
export const run: CommandRunner = async ({ args, out }) => {
  const files = args.map((path) => {
    const loaded = loadWorkflow(path);
    const valid = loaded.plan !== undefined;
    out.diagnostics(loaded.diagnostics, loaded.text);
    if (valid) out.text(`${loaded.file}: valid, ${loaded.plan?.steps.length} steps`);
    return {
      file: isFolder(path) ? path : loaded.file,
      valid,
      digest: loaded.plan?.digest ?? null,
      diagnostics: loaded.diagnostics.map(diagnosticJson),
    };
  });
  out.data({ files });
  return files.every(({ valid }) => valid) ? EXIT.ok : EXIT.badInput;
};

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
