import type { NativeConnectionOptions } from "@temporalio/worker";
import type { ServerAccess, TlsSettings } from "../plan/server-access.ts";

/** What the SDK's connections, of clients and of workers, are told of the access to a server. */
export function connectionOptionsOf(
  access: ServerAccess,
): Pick<NativeConnectionOptions, "tls" | "apiKey" | "metadata"> {
  const { tls, apiKey, headers } = access;
  return {
    ...(tls === undefined ? {} : { tls: tls && tlsOptionsOf(tls) }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(headers === undefined ? {} : { metadata: { ...headers } }),
  };
}

function tlsOptionsOf({ serverName, authority, client }: TlsSettings) {
  return {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(authority === undefined ? {} : { serverRootCACertificate: Buffer.from(authority) }),
    ...(client === undefined
      ? {}
      : { clientCertPair: { crt: Buffer.from(client.certificate), key: Buffer.from(client.key) } }),
  };
}
