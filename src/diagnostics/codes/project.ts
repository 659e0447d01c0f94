import type { CatalogueEntry } from "../catalogue.ts";

function error(summary: string, hint: string): CatalogueEntry {
  return { severity: "error", summary, hint };
}

function warning(summary: string, hint: string): CatalogueEntry {
  return { severity: "warning", summary, hint };
}

/** Codes of files, configuration, inputs and the command line. */
export const projectCodes: { readonly [code: string]: CatalogueEntry } = {
  "file/not-found": error(
    "There is no such file.",
    "check the path; `aiworkflow workflow list` shows the workflows of a project",
  ),
  "file/is-directory": error("A folder was named where a workflow file is expected.", "name the workflow file in it"),
  "file/unreadable": error("The file cannot be read.", "check its permissions"),
  "file/unusable": error(
    "A file or folder is missing, in the way, or may not be used.",
    "check the path in the message, its permissions, and the room on the disk",
  ),
  "file/bad-history": error(
    "The file holds no history of a run.",
    "write one with `temporal workflow show --workflow-id RUN --output json`",
  ),
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
  "config/no-file": error(
    "A file that the configuration names is missing.",
    "check the path; it is relative to the file that names it",
  ),
  "config/bad-module": error(
    "A module of the project cannot be loaded.",
    "it exports `operations` and imports packages only; see docs/tools.md, “Modules”",
  ),
  "openapi/unreadable": error("The OpenAPI document is neither JSON nor YAML.", "look at the place in the document"),
  "openapi/too-large": error(
    "The OpenAPI document is too large.",
    "YAML may have 4 MB and JSON 16 MB: convert it to JSON, or cut it down to the paths that you use",
  ),
  "openapi/too-deep": error("The OpenAPI document is nested too deeply.", "look at the place in the document"),
  "openapi/version": error(
    "The document is of another version than OpenAPI 3.0 or 3.1.",
    "convert it: Swagger 2.0 documents become 3.0 at editor.swagger.io, or ask the service for a newer one",
  ),
  "openapi/external-ref": error(
    "The OpenAPI document refers to a file or address.",
    "nothing outside of the document is read: bundle it into one file first, such as with `npx @redocly/cli bundle`",
  ),
  "openapi/broken-ref": error(
    "A reference of the OpenAPI document leads to nothing.",
    "write it as `#/components/…`, to a part of the document that is there",
  ),
  "openapi/no-operations": error(
    "The OpenAPI document has nothing that can be called.",
    "it needs `paths` with operations; `aiworkflow tools list` shows those that were found",
  ),
  "openapi/duplicate-operation": error(
    "Two operations of the OpenAPI document have the same `operationId`.",
    "give one of them another `operationId`",
  ),
  "openapi/no-server": error(
    "The OpenAPI document does not say where its service is.",
    "say `server: https://…` of the tool in registry.yaml, or give `variables` of the server values that it allows",
  ),
  "openapi/no-variable": error(
    "The OpenAPI document's servers have no such variable.",
    "variables are those in braces of the address under `servers`",
  ),
  "openapi/left-out": warning(
    "An operation of the OpenAPI document cannot be called, and is left out.",
    "correct the document if you need the operation; `aiworkflow tools list` shows all others",
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
  "cli/bad-address": error(
    "The address of the Temporal server has the wrong form.",
    "write host or host:port, such as localhost:7233; an IPv6 address stands in brackets",
  ),
  "cli/exists": error("The file or project exists already.", "choose another name, or use --force"),
  "cli/unknown-code": error("There is no such code.", "codes look like step/unknown-tool"),
  "cli/not-found": error("There is nothing of this name.", "use the matching `list` command"),
  "internal/bug": error(
    "This is a bug of aiworkflow.",
    "run the command again with --verbose and report what it prints",
  ),
};
