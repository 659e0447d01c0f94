import { TextDecoder } from "node:util";

/** Of a whole body, or of one event of a stream. */
const MAX_BYTES = 10 * 1024 * 1024;
const NEWLINE = 10;
const RETURN = 13;

/** What is wrong with an answer that ends its server: it is too large, or it is no UTF-8 text. */
export type AnswerFault = "flood" | "garbled";

/** The same response, whose body ends with an error, and a call of `onFault`, where a message in it cannot be taken. */
export function limitBody(response: Response, onFault: (fault: AnswerFault) => void): Response {
  if (!response.ok || response.body === null) return response;
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  let bytes = 0;
  const text = new TextDecoder("utf-8", { fatal: true });
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const end = isStream ? endOfEvent(chunk) : -1;
      if (end >= 0) bytes = 0;
      bytes += chunk.byteLength - (end + 1);
      const fault = bytes > MAX_BYTES ? "flood" : isText(text, chunk) ? undefined : "garbled";
      if (fault === undefined) return controller.enqueue(chunk);
      onFault(fault);
      controller.error(new Error(fault));
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counting), { status, statusText, headers });
}

/** Whether the next bytes of a text are UTF-8 still; `decoder` is a fatal one. */
export function isText(decoder: TextDecoder, chunk: Uint8Array): boolean {
  try {
    decoder.decode(chunk, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Where the last blank line of a chunk ends, which ends an event; one that is cut in two by chunks is passed over. */
function endOfEvent(chunk: Uint8Array): number {
  for (let at = chunk.lastIndexOf(NEWLINE); at > 0; at = chunk.lastIndexOf(NEWLINE, at - 1)) {
    const before = chunk[at - 1] === RETURN ? at - 2 : at - 1;
    if (chunk[before] === NEWLINE) return at;
    if (at === 0) break;
  }
  return -1;
}
