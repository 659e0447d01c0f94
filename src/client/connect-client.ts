// Talks to runs: start, follow, read, decide, list, cancel. May import every room but cli. Loads `@temporalio/client`
// lazily where a command may not need it. Start here; each file is one thing a person does with a run.
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from "@temporalio/client";
import { createClosedGuard } from "./closed-guard.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import type { ServerAccess } from "../plan/server-access.ts";
import { connectionOptionsOf } from "../worker/connection-options.ts";
import { findTlsFault } from "./find-tls-fault.ts";

/** Where a Temporal server is. */
export interface ClientTarget {
  readonly address: string;
  readonly namespace: string;
  readonly access?: ServerAccess;
}

/** An open connection to a server. */
export interface Connected {
  readonly client: Client;
  readonly target: ClientTarget;
  close(): Promise<void>;
}

const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
/** gRPC's number for who is not known. */
const UNAUTHENTICATED = 16;
/** Deadline of one call to the server. */
const CALL_TIMEOUT_MS = 10_000;

/** Connects within 3 s. Throws `DiagnosticError` `server/unreachable`, `server/refused`. */
export async function connectClient(target: ClientTarget): Promise<Connected> {
  const { address, namespace, access = {} } = target;
  const guard = createClosedGuard();
  try {
    const connection = await Connection.connect({
      address,
      connectTimeout: "3s",
      interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), guard.interceptor],
      // Without these a client stays deaf for up to 43 s after the server is back.
      channelArgs: {
        "grpc.initial_reconnect_backoff_ms": 200,
        "grpc.max_reconnect_backoff_ms": 1000,
        // What one workflow task has asked for comes in one piece of history, and may be larger than the usual 4 MB.
        "grpc.max_receive_message_length": MAX_ANSWER_BYTES,
      },
      ...connectionOptionsOf(access),
    });
    const client = new Client({ connection, namespace });
    const close = () => {
      guard.close();
      return connection.close();
    };
    return { client, target, close };
  } catch (error) {
    const { code, details } = (error as { cause?: { code?: number; details?: string } }).cause ?? {};
    if (code === UNAUTHENTICATED)
      throw new DiagnosticError([
        {
          code: "server/refused",
          severity: "error",
          message: `the Temporal server at ${address} does not let us in: ${details || "unauthenticated"}`,
          hint: "set TEMPORAL_API_KEY, or api_key in temporal.toml, to a key that is valid there",
        },
      ]);
    const fault = await findTlsFault(address, access);
    const why = fault ?? (error instanceof Error ? error.message : String(error));
    throw new DiagnosticError([
      {
        code: "server/unreachable",
        severity: "error",
        message: `no Temporal server answers at ${address} (${why})`,
        hint:
          fault !== undefined
            ? "say how with TEMPORAL_TLS, TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH, TEMPORAL_TLS_SERVER_CA_CERT_PATH and TEMPORAL_TLS_SERVER_NAME, or in temporal.toml"
            : "start one with `aiworkflow dev`, or give the right address with --address or TEMPORAL_ADDRESS",
      },
    ]);
  }
}

/** Runs one call with a deadline. */
export function withDeadline<T>(connected: Connected, call: () => Promise<T>, timeoutMs = CALL_TIMEOUT_MS): Promise<T> {
  return connected.client.withDeadline(Date.now() + timeoutMs, call);
}
