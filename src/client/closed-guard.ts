import type { ConnectionOptions } from "@temporalio/client";

type Interceptor = NonNullable<ConnectionOptions["interceptors"]>[number];
type Call = ReturnType<Interceptor>;

/** gRPC's number for a call that was cancelled: nobody tries it again. */
const CANCELLED = 1;

/**
 * Ends the calls that are to be tried again once their connection is closed. The SDK's retries come by timer, and one that meets a
 * closed channel throws where nobody can catch it.
 */
export interface ClosedGuard {
  /** Goes behind the SDK's own interceptor for retries. */
  readonly interceptor: Interceptor;
  /** Called before the connection is closed. */
  close(): void;
}

/** Creates the guard of one connection. */
export function createClosedGuard(): ClosedGuard {
  let isClosed = false;
  return {
    interceptor: (options, nextCall) => (isClosed ? endedCall() : nextCall(options)) as Call,
    close: () => (isClosed = true),
  };
}

/** A call that ends as it starts. */
function endedCall(): Pick<Call, "start" | "sendMessage" | "sendMessageWithContext" | "startRead" | "halfClose"> {
  return {
    start(metadata, listener) {
      const status = { code: CANCELLED, details: "the connection is closed", metadata };
      setImmediate(() => {
        // As every call does: the SDK hands the message on before the status, and throws where none has come.
        listener?.onReceiveMessage?.(null);
        listener?.onReceiveStatus?.(status);
      });
    },
    sendMessage: () => undefined,
    sendMessageWithContext: () => undefined,
    startRead: () => undefined,
    halfClose: () => undefined,
  };
}
