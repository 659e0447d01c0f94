import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { IGNORED, SAMPLE_PROJECT } from "../starter-files.ts";

/** `init [PATH]`: a project whose sample runs at once. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [folder = "."] = args;
  const taken = Object.keys(SAMPLE_PROJECT).filter((path) => existsSync(join(folder, path)));
  if (taken.length > 0 && options["force"] !== true) {
    throw new DiagnosticError([
      createDiagnostic({
        code: "cli/exists",
        message: `${taken.join(", ")} exist already`,
        hint: "nothing was changed; use --force to write over them",
      }),
    ]);
  }
  for (const [path, text] of Object.entries(SAMPLE_PROJECT)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  ignore(join(folder, ".gitignore"));
  out.data({ path: folder, files: Object.keys(SAMPLE_PROJECT) });
  out.text(`Made a project. Next:\n${folder === "." ? "" : `  cd ${folder}\n`}  npx aiworkflow run workflows/hello.md`);
  return EXIT.ok;
};

function ignore(path: string): void {
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  const missing = IGNORED.filter((line) => !before.split(/\r?\n/).includes(line));
  if (missing.length > 0)
    writeFileSync(path, `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${missing.join("\n")}\n`);
}
