import type { Connection } from "@temporalio/client";
import { serverError } from "./server-error.ts";

/** gRPC's numbers for what is not there, and for who is not known. */
const NOT_FOUND = 5;
const UNAUTHENTICATED = 16;

/** What is asked for, and with which program namespaces are made. */
export interface WantedNamespace {
  readonly address: string;
  readonly namespace: string;
  /** @default "temporal" */
  readonly cli?: string;
}

/** Throws `DiagnosticError` `server/no-namespace` where the server does not have it, `server/refused` where it does not know us. */
export async function checkNamespace(connection: Connection, wanted: WantedNamespace): Promise<void> {
  const { address, namespace, cli = "temporal" } = wanted;
  try {
    await connection.withDeadline(Date.now() + 10_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    const { code, details } = error as { readonly code?: number; readonly details?: string };
    if (code === NOT_FOUND)
      throw serverError(
        "server/no-namespace",
        `the Temporal server at ${address} has no namespace ${namespace}`,
        `a local server has only \`default\` at first: leave --namespace out, or create it while the server runs: ${cli} operator namespace create --namespace ${namespace} --address ${address}`,
      );
    if (code === UNAUTHENTICATED)
      throw serverError(
        "server/refused",
        `the Temporal server at ${address} does not let us in: ${details ?? "unauthenticated"}`,
        "set TEMPORAL_API_KEY, or api_key in temporal.toml, to a key that is valid for the namespace",
      );
    // Who may not describe a namespace may still work in it.
  }
}
