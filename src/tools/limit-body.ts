/** Of a whole body, or of one event of a stream. */
const MAX_BYTES = 10 * 1024 * 1024;
const NEWLINE = 10;
const RETURN = 13;

/** The same response, whose body ends with an error, and a call of `onFlood`, where a message in it is too large. */
export function limitBody(response: Response, onFlood: () => void): Response {
  if (!response.ok || response.body === null) return response;
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  let bytes = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const end = isStream ? endOfEvent(chunk) : -1;
      if (end >= 0) bytes = 0;
      bytes += chunk.byteLength - (end + 1);
      if (bytes <= MAX_BYTES) return controller.enqueue(chunk);
      onFlood();
      controller.error(new Error(`more than ${MAX_BYTES} bytes`));
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counting), { status, statusText, headers });
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
