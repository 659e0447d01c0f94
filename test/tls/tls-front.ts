import { connect, type Socket, type AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Certificate } from "./certificates.ts";

/** Speaks TLS before a server that does not. */
export interface TlsFront {
  readonly port: number;
  /** Names that clients have asked for, of connections that they have trusted. */
  readonly names: (string | false | null)[];
  close(): Promise<void>;
}

/** What a front asks of its clients. */
export interface TlsFrontOptions {
  /** Authority, as PEM, of the certificates that clients must have. */
  readonly clients?: string;
  /** Protocols that it speaks, where clients ask. */
  readonly protocols?: readonly string[];
}

/** Starts one on a free port of 127.0.0.1. */
export async function startTlsFront(
  certificate: Certificate,
  target: string,
  { clients, protocols }: TlsFrontOptions = {},
): Promise<TlsFront> {
  const names: TlsFront["names"] = [];
  const sockets = new Set<Socket>();
  const options = {
    ...certificate,
    ...(clients === undefined ? {} : { ca: clients, requestCert: true, rejectUnauthorized: true }),
    ...(protocols === undefined ? {} : { ALPNProtocols: [...protocols] }),
  };
  const server = createServer(options, (socket: TLSSocket) => {
    names.push(socket.servername);
    const behind = connect(Number(new URL(target).port), "127.0.0.1");
    for (const one of [socket, behind]) {
      sockets.add(one);
      one.on("error", () => undefined);
      one.once("close", () => {
        sockets.delete(one);
        socket.destroy();
        behind.destroy();
      });
    }
    socket.pipe(behind).pipe(socket);
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    names,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
