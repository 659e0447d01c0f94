import { SdkHttpError } from "@modelcontextprotocol/client";
import { StepFailure } from "../plan/step-failure.ts";

/** Errors of a connection that was never there. */
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const MAX_CHARACTERS = 500;

/** What a failed request to a server over HTTP means; undefined where the server itself has refused it in words of the protocol. */
export function httpFailure(name: string, error: unknown, mask: (text: string) => string): StepFailure | undefined {
  if (error instanceof SdkHttpError) return statusFailure(name, error, mask);
  const code = codeOf(error);
  if (code === undefined) return undefined;
  if (NEVER_CONNECTED.has(code))
    return new StepFailure("tool/unreachable", `the MCP server ${name} cannot be reached (${code})`, {
      retryable: true,
    });
  return new StepFailure("tool/died", `the connection to the MCP server ${name} broke during the call (${code})`, {
    retryable: true,
    outcomeUnknown: true,
  });
}

function statusFailure(name: string, { status, data }: SdkHttpError, mask: (text: string) => string): StepFailure {
  const body = data["text"];
  const said = typeof body === "string" && body !== "" ? body : (data.statusText ?? "");
  const text = mask(said).slice(0, MAX_CHARACTERS);
  // A server that was started anew knows nothing of the session, and so has not looked at the call.
  if (status === 404 || (status === 400 && /session/i.test(text)))
    return new StepFailure("tool/unreachable", `the MCP server ${name} has ended the session`, { retryable: true });
  return new StepFailure("tool/refused", `the MCP server ${name} answered with status ${status}: ${text}`, {
    retryable: status === 429 || status >= 500,
    outcomeUnknown: status >= 500,
  });
}

/** `fetch` hides what happened in its error's cause. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof TypeError)) return undefined;
  const { cause } = error;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : error.message;
}
