import { type JSONRPCMessage, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { type AnswerFault, limitBody } from "./limit-body.ts";

/** Which server to reach. */
export interface ServerAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** It will not answer a request that it was sent. */
  readonly onLost: () => void;
  /** It sends what cannot be taken. */
  readonly onFault: (fault: AnswerFault) => void;
}

/** How often, and how soon, a stream that broke off is asked for again, where the server can go on with it. */
const RECONNECTION = {
  maxRetries: 2,
  initialReconnectionDelay: 200,
  maxReconnectionDelay: 1000,
  reconnectionDelayGrowFactor: 2,
};
/** For a server to hear that a session is over. */
const FAREWELL_MS = 1000;

/**
 * An MCP server over streamable HTTP. The SDK's transport leaves a request open for ever whose stream ends without an answer;
 * here somebody is told.
 */
export function createHttpTransport({ url, headers, onLost, onFault }: ServerAddress): StreamableHTTPClientTransport {
  const open = new Set<unknown>();
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers },
    reconnectionOptions: RECONNECTION,
    fetch: async (address, init) => limitBody(await fetch(address, init), onFault),
  });
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    const id = idOf(message);
    if (id === undefined) return send(message, options);
    open.add(id);
    const onRequestStreamEnd = () => {
      options?.onRequestStreamEnd?.();
      if (open.delete(id)) onLost();
    };
    return send(message, { ...options, onRequestStreamEnd }).catch((error: unknown) => {
      open.delete(id);
      throw error;
    });
  };
  let listener: typeof transport.onmessage;
  const hear = (message: JSONRPCMessage) => {
    if ("id" in message && !("method" in message)) open.delete(message.id);
    listener?.(message);
  };
  Object.defineProperty(transport, "onmessage", {
    get: () => (listener === undefined ? undefined : hear),
    set(next: typeof listener) {
      listener = next;
    },
  });
  const close = transport.close.bind(transport);
  transport.close = async () => {
    open.clear();
    await Promise.race([transport.terminateSession().catch(() => undefined), farewell()]);
    await close();
  };
  return transport;
}

/** The id of a request; a notification has none. */
function idOf(message: JSONRPCMessage | JSONRPCMessage[]): unknown {
  return !Array.isArray(message) && "method" in message && "id" in message ? message.id : undefined;
}

function farewell(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, FAREWELL_MS).unref();
  });
}
