import { connect, createServer, type AddressInfo, type Socket } from "node:net";

const PREFACE_BYTES = 24;
const FRAME_HEAD_BYTES = 9;
/** Of HTTP/2: the frame that begins a request. */
const HEADERS = 1;

/** A way to a server that lets so many requests of a connection through, and then keeps what comes, with the connection open. */
export interface MuteRelay {
  readonly address: string;
  /** Resolves when it keeps the first request. */
  readonly muted: Promise<void>;
  /** Lets nothing more through. */
  mute(): void;
  /** Hands on what it has kept, and all that comes from now on. */
  release(): void;
  close(): Promise<void>;
}

/** Opens one to the server at `host:port`. */
export async function openMuteRelay(target: string, requests: number): Promise<MuteRelay> {
  const [host = "", port] = target.split(":");
  const sockets = new Set<Socket>();
  const kept: (() => void)[] = [];
  const muted = Promise.withResolvers<void>();
  let isReleased = false;
  let most = requests;
  const server = createServer((client) => {
    const upstream = connect({ host, port: Number(port) });
    const count = createRequestCount();
    for (const one of [client, upstream]) {
      sockets.add(one);
      one.on("error", () => undefined);
    }
    client.on("data", (bytes) => {
      if (count(bytes) <= most || isReleased) return void upstream.write(bytes);
      kept.push(() => upstream.write(bytes));
      muted.resolve();
    });
    upstream.on("data", (bytes) => client.write(bytes));
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    muted: muted.promise,
    mute: () => void (most = -1),
    release() {
      isReleased = true;
      for (const write of kept) write();
    },
    async close() {
      for (const one of sockets) one.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Counts the requests in what a client of HTTP/2 sends. */
function createRequestCount(): (bytes: Buffer) => number {
  let rest = Buffer.alloc(0);
  let skip = PREFACE_BYTES;
  let requests = 0;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const skipped = Math.min(skip, rest.length);
      rest = rest.subarray(skipped);
      skip -= skipped;
      if (skip > 0 || rest.length < FRAME_HEAD_BYTES) return requests;
      if (rest[3] === HEADERS) requests += 1;
      skip = FRAME_HEAD_BYTES + rest.readUIntBE(0, 3);
    }
  };
}
