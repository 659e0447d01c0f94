import type { CatalogueEntry } from "../catalogue.ts";

function error(summary: string, hint: string): CatalogueEntry {
  return { severity: "error", summary, hint };
}

/** Codes of files, configuration, inputs and the command line. */
export const projectCodes: { readonly [code: string]: CatalogueEntry } = {
  "file/not-found": error(
    "There is no such file.",
    "check the path; `aiworkflow workflow list` shows the workflows of a project",
  ),
  "file/is-directory": error("A folder was named where a workflow file is expected.", "name the workflow file in it"),
  "file/unreadable": error("The file cannot be read.", "check its permissions"),
  "file/too-large": error(
    "The file is larger than 4 MB.",
    "split the workflow, or put data into files that scripts read",
  ),
  "config/unknown-key": error(
    "The configuration has a key that does not exist.",
    "see docs/language.md, “Project files”",
  ),
  "config/bad-value": error(
    "A value of the configuration has the wrong form.",
    "see docs/language.md, “Project files”",
  ),
  "config/not-yet": error("This key is planned, but this version does not have it yet.", "leave it out for now"),
  "price/bad-value": error("A price cannot be read.", "see docs/costs.md, “Prices”"),
  "budget/bad-value": error("A budget or limit cannot be read.", "see docs/costs.md, “Budgets” and “Limits”"),
  "config/no-file": error(
    "A file that the configuration names is missing.",
    "check the path; it is relative to the file that names it",
  ),
  "input/missing": error("A required input was not given.", "give it with -i name=value"),
  "input/unknown": error("The workflow has no such input.", "`aiworkflow workflow show FILE` lists the inputs"),
  "input/wrong-type": error("An input has the wrong type.", "lists and objects are given as JSON"),
  "input/not-allowed": error(
    "An input is outside what the workflow allows.",
    "`aiworkflow workflow show FILE` lists the limits",
  ),
  "input/twice": error("An input was given twice.", "give each input once"),
  "input/bad-form": error("Inputs are given as name=value.", "write -i name=value"),
  "cli/usage": error("The command was not understood.", "`aiworkflow --help` lists all commands"),
  "cli/exists": error("The file or project exists already.", "choose another name, or use --force"),
  "cli/unknown-code": error("There is no such code.", "codes look like step/unknown-tool"),
  "cli/not-found": error("There is nothing of this name.", "use the matching `list` command"),
  "internal/bug": error(
    "This is a bug of aiworkflow.",
    "run the command again with --verbose and report what it prints",
  ),
};
