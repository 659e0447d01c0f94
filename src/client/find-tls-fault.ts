import { isIP } from "node:net";
import { connect, type ConnectionOptions } from "node:tls";
import { type ServerAccess, splitServerAddress } from "../plan/server-access.ts";

const TIMEOUT_MS = 2000;
/** How every client begins to speak HTTP/2: the preface and empty settings. A server answers with its own settings. */
const GREETING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/**
 * What hinders TLS at a server that does not answer, which the SDK keeps to itself: a certificate that one side does not trust,
 * TLS that only one side speaks. Undefined where it is something else.
 */
export async function findTlsFault(address: string, access: ServerAccess): Promise<string | undefined> {
  const { host, port } = splitServerAddress(address);
  if (access.tls === false || (access.tls === undefined && access.apiKey === undefined)) {
    const { isSecure, fault = "" } = await greet({ host, port, rejectUnauthorized: false });
    return isSecure || /\balert\b/i.test(fault) ? "it speaks TLS, and no TLS is set up for it" : undefined;
  }
  const { serverName = host, authority, client } = access.tls ?? {};
  const { fault } = await greet({
    host,
    port,
    ...(isIP(serverName) ? {} : { servername: serverName }),
    ...(authority === undefined ? {} : { ca: authority }),
    ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
  });
  if (fault === undefined) return undefined;
  if (/wrong version number/i.test(fault)) return "TLS is set up for it, and it does not speak TLS";
  const wantsClient = client === undefined && /certificate required|handshake failure/i.test(fault);
  return wantsClient ? `it wants a client certificate, and none is set up: ${fault}` : `TLS: ${fault}`;
}

interface Greeted {
  /** Did TLS come about, as far as this side can tell? With TLS 1.3 the other side may still refuse. */
  readonly isSecure: boolean;
  readonly fault?: string;
}

/** Connects and waits for a first answer: a client certificate that is refused or missing shows only then. */
function greet(options: ConnectionOptions): Promise<Greeted> {
  return new Promise((resolve) => {
    let isSecure = false;
    const done = (fault?: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ isSecure, ...(fault === undefined ? {} : { fault }) });
    };
    const timer = setTimeout(done, TIMEOUT_MS);
    const started = () => {
      isSecure = true;
      socket.write(GREETING);
    };
    let socket: ReturnType<typeof connect>;
    try {
      socket = connect({ ...options, ALPNProtocols: ["h2"] }, started);
    } catch (error) {
      // A certificate or key that is none.
      clearTimeout(timer);
      resolve({ isSecure, fault: reasonOf(error) });
      return;
    }
    socket.once("data", () => done());
    socket.once("error", (error) => done(reasonOf(error)));
    socket.once("end", () => done("it closed the connection"));
  });
}

/** Without the place in OpenSSL's source that its messages have. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, reason] = /^[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/i.exec(message) ?? [];
  return reason ?? message;
}
