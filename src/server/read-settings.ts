import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { ClientConfigProfile, ClientConfigTLS, ConfigDataSource } from "@temporalio/envconfig";
import type { ServerAccess, TlsSettings } from "../plan/server-access.ts";
import type { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { serverError } from "./server-error.ts";

/** What `TEMPORAL_*` variables and `temporal.toml` say. */
export interface TemporalSettings {
  readonly address?: string;
  readonly namespace?: string;
  readonly access: ServerAccess;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `TEMPORAL_*` and the profile of `temporal.toml` that counts, which stands in the place that `TEMPORAL_CONFIG_FILE` names or
 * where the `temporal` program keeps it. Throws `DiagnosticError` `server/settings`.
 */
export async function readSettings(env: Environment): Promise<TemporalSettings> {
  const [file, text] = readConfigFile(env);
  // Most people have neither, and what reads them takes a while to load.
  const given = Object.fromEntries(Object.entries(env).filter(isGiven));
  if (text === "" && !Object.keys(given).some((name) => name.startsWith("TEMPORAL_") && name !== FILE_VARIABLE))
    return { access: {} };
  if (/^(1|true)$/.test(env["TEMPORAL_TLS_DISABLE_HOST_VERIFICATION"] ?? ""))
    throw settingsError(
      "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not supported",
      "name the authority of the server's certificate with TEMPORAL_TLS_SERVER_CA_CERT_PATH, and its name with TEMPORAL_TLS_SERVER_NAME",
    );
  const { loadClientConfigProfile } = await import("@temporalio/envconfig");
  const source = text === "" ? { disableFile: !env["TEMPORAL_PROFILE"] } : { configSource: { data: text } };
  const { address, namespace, apiKey, tls, grpcMeta } = attempt(
    () => loadClientConfigProfile({ overrideEnvVars: given, ...source }),
    text === "" ? "TEMPORAL_* variables" : file,
  );
  return {
    ...(address ? { address } : {}),
    ...(namespace ? { namespace } : {}),
    access: accessOf({ apiKey, tls, grpcMeta }),
  };
}

const FILE_VARIABLE = "TEMPORAL_CONFIG_FILE";

/** Path and text of `temporal.toml`; no text where none is in the default place. */
function readConfigFile(env: Environment): readonly [path: string, text: string] {
  const named = env[FILE_VARIABLE];
  const path = named || join(configFolder(env), "temporalio", "temporal.toml");
  if (!isAbsolute(path) && !named) return [path, ""];
  try {
    return [path, readFileSync(path, "utf8").trim()];
  } catch (error) {
    if (!named && ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [path, ""];
    throw unreadable(path, error);
  }
}

/** Where the programs of a user keep their settings; not absolute where the environment does not say. */
function configFolder(env: Environment): string {
  if (process.platform === "win32") return env["APPDATA"] ?? "";
  const home = env["HOME"] ?? "";
  if (process.platform === "darwin") return join(home, "Library", "Application Support");
  return env["XDG_CONFIG_HOME"] || join(home, ".config");
}

function accessOf({ apiKey, tls, grpcMeta }: Pick<ClientConfigProfile, "apiKey" | "tls" | "grpcMeta">): ServerAccess {
  return {
    ...(tls === undefined ? {} : { tls: tls.disabled ? false : tlsOf(tls) }),
    ...(apiKey ? { apiKey } : {}),
    ...(grpcMeta === undefined ? {} : { headers: grpcMeta }),
  };
}

function tlsOf({ serverName, serverCACert, clientCert, clientKey }: ClientConfigTLS): TlsSettings {
  const [authority, certificate, key] = [serverCACert, clientCert, clientKey].map(readSource);
  if ((certificate === undefined) !== (key === undefined))
    throw settingsError(
      `the settings for the Temporal server have ${key === undefined ? "a client certificate without its key" : "the key of a client certificate without the certificate"}`,
      "give both: TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH, or client_cert_path and client_key_path in temporal.toml",
    );
  return {
    ...(serverName ? { serverName } : {}),
    ...(authority === undefined ? {} : { authority }),
    ...(certificate === undefined || key === undefined ? {} : { client: { certificate, key } }),
  };
}

function readSource(source: ConfigDataSource | undefined): string | undefined {
  if (source === undefined) return undefined;
  if ("data" in source) return typeof source.data === "string" ? source.data : Buffer.from(source.data).toString();
  return attempt(() => readFileSync(source.path, "utf8"), source.path);
}

function attempt<T>(read: () => T, what: string): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(what, error);
  }
}

function unreadable(what: string, error: unknown): DiagnosticError {
  return settingsError(
    `${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    "see https://docs.temporal.io/develop/environment-configuration for what TEMPORAL_* variables and temporal.toml may say",
  );
}

function settingsError(message: string, hint: string): DiagnosticError {
  return serverError("server/settings", message, hint);
}

/** One that is empty says nothing, except of a header, which it takes away. */
function isGiven(entry: [string, string | undefined]): entry is [string, string] {
  const [name, value] = entry;
  return value !== undefined && (value !== "" || name.startsWith("TEMPORAL_GRPC_META_"));
}
