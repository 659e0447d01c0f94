import type { ServerAccess } from "../plan/server-access.ts";
import { probeTcp } from "./probe-tcp.ts";
import { readSettings } from "./read-settings.ts";
import { serverError } from "./server-error.ts";
import { findLivingServer } from "./server-note.ts";

/** A Temporal server and how it was found. */
export interface ServerTarget {
  readonly address: string;
  readonly namespace: string;
  readonly source: "flag" | "environment" | "config" | "embedded" | "default";
  readonly uiUrl?: string;
  /** Empty for the project's own server, which wants nothing. */
  readonly access: ServerAccess;
}

/** The server that counts, and what was asked for whichever it is. */
export interface FoundServer {
  /** Undefined: none was named and none is there. */
  readonly server: ServerTarget | undefined;
  /** The namespace that somebody named. */
  readonly namespace: string | undefined;
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
const DEFAULT_NAMESPACE = "default";
const REMOTE_TIMEOUT_MS = 1000;
const LOCAL_TIMEOUT_MS = 200;

/**
 * The server that counts: flag, `TEMPORAL_*` and `temporal.toml`, the project's configuration, its embedded server if
 * that lives, `localhost:7233`. The namespace is looked for in the same order by itself, and the access is that of
 * `TEMPORAL_*` and `temporal.toml` wherever the address comes from. A server that was named and does not answer is an error
 * (`server/unreachable`), never passed over.
 */
export async function findServer({ flags, env, config, stateDir }: FindServerOptions): Promise<FoundServer> {
  const settings = await readSettings(env);
  const { access } = settings;
  const namespace = flags.namespace ?? settings.namespace ?? config?.namespace;
  const given = { namespace: namespace ?? DEFAULT_NAMESPACE, access };
  const named = firstNamed({ flag: flags.address, environment: settings.address, config: config?.address });
  if (named !== undefined) {
    if (await probeTcp(named.address, REMOTE_TIMEOUT_MS)) return { server: { ...named, ...given }, namespace };
    throw serverError(
      "server/unreachable",
      `no Temporal server answers at ${named.address} (named by ${named.source})`,
      "start that server, or leave the address out and a local server is started for you",
    );
  }
  const note = await findLivingServer(stateDir);
  if (note !== undefined) {
    const { address, uiUrl } = note;
    const own = namespace ?? note.namespace;
    return { server: { address, namespace: own, uiUrl, source: "embedded", access: {} }, namespace };
  }
  if (!(await probeTcp(DEFAULT_ADDRESS, LOCAL_TIMEOUT_MS))) return { server: undefined, namespace };
  return { server: { address: DEFAULT_ADDRESS, source: "default", ...given }, namespace };
}

type Named = Readonly<Record<"flag" | "environment" | "config", string | undefined>>;

function firstNamed(addresses: Named): Pick<ServerTarget, "address" | "source"> | undefined {
  for (const source of ["flag", "environment", "config"] as const) {
    const address = addresses[source];
    if (address !== undefined) return { address, source };
  }
  return undefined;
}
