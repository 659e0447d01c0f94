import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.ts";
import { StepFailure } from "../plan/step-failure.ts";

/** gRPC's numbers for faults of a server and of the way to it. */
const SERVER_FAULTS: Readonly<Record<number, string>> = {
  1: "server/no-answer",
  2: "server/failed",
  3: "server/refused",
  4: "server/no-answer",
  5: "server/refused",
  7: "server/refused",
  8: "server/refused",
  9: "server/refused",
  12: "server/refused",
  13: "server/failed",
  14: "server/unreachable",
  16: "server/refused",
};

/** What the server says where it is asked about a search attribute that its namespace does not have. */
const NO_SUCH_ATTRIBUTE =
  /not a valid search attribute|search attribute \S+ is not defined|no mapping defined for search attribute/i;

/** Names that Node gives to faults of files and folders. */
const FILE_FAULTS: ReadonlySet<string> = new Set([
  "EACCES",
  "EDQUOT",
  "EEXIST",
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOSPC",
  "ENOTDIR",
  "ENOTEMPTY",
  "EPERM",
  "EROFS",
]);

/** What a command that has thrown says. What nobody has foreseen is a bug. */
export function explainError(error: unknown): readonly Diagnostic[] {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof DiagnosticError) return at.diagnostics;
    const known = codeOf(at);
    if (known !== undefined) return [createDiagnostic({ code: known, message: at.message })];
  }
  return [createDiagnostic({ code: "internal/bug", message: error instanceof Error ? error.message : String(error) })];
}

/** The code of a fault of the server or of a file, told by its form: the SDK of the client may not have been loaded. */
function codeOf(error: Error): string | undefined {
  if (error instanceof StepFailure) return error.code;
  if (error.name === "NamespaceNotFoundError") return "server/no-namespace";
  const { code, details, syscall } = error as { code?: unknown; details?: unknown; syscall?: unknown };
  if (typeof code === "number" && typeof details === "string")
    return NO_SUCH_ATTRIBUTE.test(details) ? "server/search-attributes" : SERVER_FAULTS[code];
  return typeof syscall === "string" && FILE_FAULTS.has(String(code)) ? "file/unusable" : undefined;
}
