import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { findLivingServer } from "./server-note.ts";
import { probeTcp } from "./probe-tcp.ts";
import { serverError } from "./server-error.ts";

/** A Temporal server and how it was found. */
export interface ServerTarget {
  readonly address: string;
  readonly namespace: string;
  readonly source: "flag" | "environment" | "config" | "embedded" | "default";
  readonly uiUrl?: string;
  readonly tls?: boolean;
  readonly apiKey?: string;
}

/** Where to look. */
export interface FindServerOptions {
  readonly flags: { readonly address?: string; readonly namespace?: string };
  readonly env: { readonly [name: string]: string | undefined };
  /** `server:` of the project's configuration. */
  readonly config?: { readonly address?: string; readonly namespace?: string };
  readonly stateDir: string;
}

const DEFAULT_ADDRESS = "127.0.0.1:7233";
const REMOTE_TIMEOUT_MS = 1000;
const LOCAL_TIMEOUT_MS = 200;
const MAX_PORT = 65_535;

/**
 * The server that counts: flag, `TEMPORAL_*` and `temporal.toml`, the project's configuration, its embedded server if
 * that lives, `localhost:7233`. One that was named and does not answer is an error (`server/unreachable`), never passed
 * over; undefined means that none was named and none is there. Throws `DiagnosticError` `cli/bad-address` and
 * `config/bad-profile`, too.
 */
export async function findServer(options: FindServerOptions): Promise<ServerTarget | undefined> {
  const named = await readNamed(options);
  if (named !== undefined) {
    checkAddress(named);
    if (await probeTcp(named.address, REMOTE_TIMEOUT_MS)) return named;
    throw serverError(
      "server/unreachable",
      `no Temporal server answers at ${named.address} (named by ${named.source})`,
      "start that server, or leave the address out and a local server is started for you",
    );
  }
  const note = await findLivingServer(options.stateDir);
  if (note !== undefined) {
    return { address: note.address, namespace: note.namespace, uiUrl: note.uiUrl, source: "embedded" };
  }
  if (!(await probeTcp(DEFAULT_ADDRESS, LOCAL_TIMEOUT_MS))) return undefined;
  return { address: DEFAULT_ADDRESS, namespace: options.flags.namespace ?? "default", source: "default" };
}

/** Throws `DiagnosticError` `cli/bad-address`. */
function checkAddress({ address, source }: ServerTarget): void {
  const port = Number(/^(?:[^:\s/]+|\[[^\]\s]+\]):(\d+)$/.exec(address)?.[1]);
  if (port > 0 && port <= MAX_PORT) return;
  throw new DiagnosticError([
    createDiagnostic({ code: "cli/bad-address", message: `${address} is no address (named by ${source})` }),
  ]);
}

async function readNamed({ flags, env, config }: FindServerOptions): Promise<ServerTarget | undefined> {
  const { address, namespace } = flags;
  if (address !== undefined) return { address, namespace: namespace ?? "default", source: "flag" };
  if (Object.keys(env).some((name) => name.startsWith("TEMPORAL_"))) {
    const { connectionOptions, namespace: configured } = await readClientConfig();
    if (connectionOptions.address !== undefined) {
      const { apiKey, tls } = connectionOptions;
      return {
        address: connectionOptions.address,
        namespace: namespace ?? configured ?? "default",
        source: "environment",
        ...(typeof apiKey === "string" ? { apiKey, tls: true } : {}),
        ...(tls ? { tls: true } : {}),
      };
    }
  }
  if (config?.address === undefined) return undefined;
  return { address: config.address, namespace: namespace ?? config.namespace ?? "default", source: "config" };
}

async function readClientConfig() {
  const { loadClientConnectConfig } = await import("@temporalio/envconfig");
  try {
    return loadClientConnectConfig();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new DiagnosticError([createDiagnostic({ code: "config/bad-profile", message })]);
  }
}
