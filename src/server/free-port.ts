import { createServer } from "node:net";

const HOST = "127.0.0.1";
/** How far above a wanted port to look before any port is taken. */
const NEIGHBOURS = 50;

/** The wanted port where it is free, else the next free one above it, else any. 0 means any. */
export async function findFreePort(wanted: number): Promise<number> {
  const last = wanted === 0 ? 0 : wanted + NEIGHBOURS;
  for (let port = wanted; port < last; port += 1) {
    if ((await tryPort(port)) !== undefined) return port;
  }
  const any = await tryPort(0);
  if (any === undefined) throw new Error("this machine gives no free port");
  return any;
}

/** True when nothing listens on the port. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await tryPort(port)) !== undefined;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}
