import { randomUUID } from "node:crypto";
import { type JSONRPCMessage, ProtocolError, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { isJsonObject, type JsonValue } from "../plan/json.ts";
import { parseJson } from "../schema/check-schema.ts";
import { patientFetch } from "../system/patient-fetch.ts";
import { type AnswerFault, limitBody } from "./limit-body.ts";

/** Which server to reach. */
export interface ServerAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What ended a request that has no answer: its stream ended before, or brought what cannot be taken. */
type NoAnswer = AnswerFault | "lost";

/** How often, and how soon, a stream that broke off is asked for again, where the server can go on with it. */
const RECONNECTION = {
  maxRetries: 2,
  initialReconnectionDelay: 200,
  maxReconnectionDelay: 1000,
  reconnectionDelayGrowFactor: 2,
};
/** For a server to hear that a session is over. */
const FAREWELL_MS = 1000;
/** Marks errors that are written here, not by a server. */
const OURS = randomUUID();
/** The code that JSON-RPC leaves to those who implement it. */
const SERVER_ERROR = -32_000;
const NOT_ALLOWED = 405;

/**
 * An MCP server over streamable HTTP. The SDK's transport leaves a request open for ever whose stream ends without an answer;
 * here it fails, and it alone: other calls of the same connection, perhaps of other runs, go on. See `noAnswerOf`.
 */
export function createHttpTransport({ url, headers }: ServerAddress): StreamableHTTPClientTransport {
  const open = new Set<unknown>();
  const fail = (id: unknown, why: NoAnswer) => {
    if (!open.delete(id)) return;
    const error = { code: SERVER_ERROR, message: "its stream ended without an answer", data: { by: OURS, why } };
    listener?.({ jsonrpc: "2.0", id: id as string | number, error });
  };
  let hasFault = false;
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers },
    reconnectionOptions: RECONNECTION,
    async fetch(address, init) {
      // A stream that was broken off here would bring the same again.
      if (hasFault && init?.method === "GET") return new Response(null, { status: NOT_ALLOWED });
      return limitBody(await patientFetch(address, init), (fault) => {
        hasFault = true;
        if (typeof init?.body === "string") fail(idOf(parseJson(init.body)), fault);
      });
    },
  });
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    const id = idOf(message);
    if (id === undefined) return send(message, options);
    open.add(id);
    const onRequestStreamEnd = () => {
      options?.onRequestStreamEnd?.();
      fail(id, "lost");
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

/** Why a request has no answer, where that is what its error says. */
export function noAnswerOf(error: unknown): NoAnswer | undefined {
  const data = error instanceof ProtocolError ? (error.data as JsonValue | undefined) : undefined;
  return isJsonObject(data) && data["by"] === OURS ? (data["why"] as NoAnswer) : undefined;
}

/** The id of a request; a notification has none. */
function idOf(message: unknown): unknown {
  return isJsonObject(message) && "method" in message ? message["id"] : undefined;
}

function farewell(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, FAREWELL_MS).unref();
  });
}
