/** How a client proves itself to a Temporal server and the server to it. Plain data: it crosses process boundaries. */
export interface ServerAccess {
  /** Undefined: TLS only with an API key; false: never. */
  readonly tls?: TlsSettings | false;
  readonly apiKey?: string;
  /** Headers of every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** TLS with what is not the system's default; certificates and keys are PEM. */
export interface TlsSettings {
  /** The name that the server's certificate must have, where it is not that of the address. */
  readonly serverName?: string;
  /** Of the authority that signed the server's certificate. */
  readonly authority?: string;
  readonly client?: { readonly certificate: string; readonly key: string };
}

/** Where a Temporal server listens whose address has no port. */
const DEFAULT_PORT = 7233;

/** Host and port of a server's address. */
export function splitServerAddress(address: string): { readonly host: string; readonly port: number } {
  const [, host = "", port = String(DEFAULT_PORT)] = /^(.*?)(?::(\d+))?$/s.exec(address) ?? [];
  return { host: host.replaceAll(/^\[|\]$/g, ""), port: Number(port) };
}
