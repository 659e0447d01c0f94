import { connect } from "node:net";
import { splitServerAddress } from "../plan/server-access.ts";

/** True when something accepts connections at `host:port` within `timeoutMs`. */
export function probeTcp(address: string, timeoutMs: number): Promise<boolean> {
  const { host, port } = splitServerAddress(address);
  if (port > 65_535) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    // A process that was held up hears of its time before it hears of an answer that came long ago.
    const timer = setTimeout(() => setImmediate(() => done(false)), timeoutMs);
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}
