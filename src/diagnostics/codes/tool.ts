import type { CatalogueEntry } from "../catalogue.ts";

function error(summary: string, hint: string): CatalogueEntry {
  return { severity: "error", summary, hint };
}

/** Codes that a call of a tool can end with. */
export const toolCodes: { readonly [code: string]: CatalogueEntry } = {
  "tool/unknown-kind": error("There is no such kind of tool.", "kinds are mcp, openapi, http, module and script"),
  "tool/no-file": error("The tool has no file.", "add the file to `tools/`"),
  "tool/no-operation": error("The tool has no such operation.", "`aiworkflow tools list` shows all operations"),
  "tool/no-credentials": error(
    "The operation needs credentials that the tool does not have.",
    "add them under `auth:` of the tool in registry.yaml, as `${{ secrets.NAME }}`",
  ),
  "tool/forbidden-address": error(
    "The tool would call this machine, a private network or a cloud's metadata.",
    "if it is meant to, name the address or block under `allow-addresses:` of the tool",
  ),
  "tool/connection-lost": error(
    "The connection was lost before the answer had come.",
    "say `effect: idempotent` if the call may be repeated; else look at the service for what became of it",
  ),
  "tool/redirect": error(
    "The service redirects to where the call is not taken.",
    "see the message; correct the server",
  ),
  "tool/unauthorized": error(
    "The service refuses the credentials, or what they are used for.",
    "check `auth:` of the tool",
  ),
  "tool/not-found": error("The service has no such thing.", "check the arguments and the server of the tool"),
  "tool/rate-limited": error(
    "The service limits the rate of calls.",
    "lower `max-parallel`, or raise the limit at the service",
  ),
  "tool/server-error": error("The service failed.", "try again later"),
  "tool/rejected": error("The service rejects the call.", "see its words in the message"),
  "tool/no-command": error("The MCP server has no command.", "add `command:` or `url:`"),
  "tool/changed": error(
    "A tool's server says something else of an operation than when the run saw it first.",
    "look at the operation with `aiworkflow tools show`; if the change is right, run the workflow again",
  ),
  "tool/unreachable": error(
    "The tool's server does not start or answer.",
    "start its command by hand and see what it prints",
  ),
  "tool/died": error("The tool ended during the call.", "see its stderr in the message"),
  "tool/output-too-large": error("The tool gave too much.", "ask it for less, or let it write to a file"),
  "tool/not-utf8": error(
    "The tool's answer is not UTF-8 text.",
    "let it encode binary data (`base64`), or write it to a file",
  ),
  "tool/refused": error("The tool's server refused the call.", "see the message"),
  "tool/failed": error("The tool says that it failed.", "see the message"),
  "tool/invalid-arguments": error(
    "The arguments do not fit the operation.",
    "`aiworkflow tools list` shows the operations",
  ),
  "tool/invalid-output": error("The tool gave something else than the step declares.", "compare it with `output:`"),
};
