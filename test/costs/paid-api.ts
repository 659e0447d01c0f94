// A local server that speaks Anthropic's Messages API, answers everything at once, and keeps its own account of what it
// was asked for: what a bill would say.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "../../src/plan/json.ts";

/** The fake. */
export interface PaidApi {
  readonly url: string;
  /** Bodies of the calls that were answered. */
  readonly calls: readonly JsonObject[];
  /** How the next answers end, before all others end well; `null`: the stream breaks off before it says. */
  readonly stops: (string | null)[];
  close(): Promise<void>;
}

/** What every call uses: at the price of claude-sonnet-5-5, $0.21. */
export const USE = { input: 100_000, output: 1000 };
export const USD_A_CALL = 0.21;

/** Starts the fake on a free port. */
export async function startPaidApi(): Promise<PaidApi> {
  const calls: JsonObject[] = [];
  const stops: (string | null)[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const body = JSON.parse(text) as JsonObject;
      calls.push(body);
      response.writeHead(200, { "content-type": "text/event-stream" });
      const stop = stops.shift();
      response.end(eventsOf(body["model"] as string, stop === undefined ? "end_turn" : stop));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stops,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

function eventsOf(model: string, stop: string | null): string {
  const usage = { input_tokens: USE.input, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
  const message = { id: "m", type: "message", role: "assistant", model, content: [], stop_reason: null };
  const events = [
    { type: "message_start", message: { ...message, stop_sequence: null, usage: { ...usage, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Well." } },
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: stop, stop_sequence: null },
      usage: { output_tokens: USE.output },
    },
    { type: "message_stop" },
  ];
  return (stop === null ? events.slice(0, -2) : events)
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join("");
}
