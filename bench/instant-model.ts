// A model that answers at once, in the words of Anthropic's API: it asks for its tool until it has seen enough results.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How a model behaves; the prompt says it as `turns=20 delay=0`. */
interface Manners {
  readonly turns: number;
  readonly delayMs: number;
}

/** The model, on a port of this machine. */
export interface InstantModel {
  readonly url: string;
  close(): void;
}

/** Starts it. `tool` is the name on the wire of the tool that it asks for. */
export async function startInstantModel(tool: string): Promise<InstantModel> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const { turns, delayMs } = mannersOf(text);
      const seen = text.split('"tool_result"').length - 1;
      void sleep(delayMs).then(() => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(eventsOf(seen + 1 < turns ? { tool, count: seen } : undefined));
      });
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() };
}

function mannersOf(text: string): Manners {
  const [, turns = "1", delay = "0"] = /turns=(\d+) delay=(\d+)/.exec(text) ?? [];
  return { turns: Number(turns), delayMs: Number(delay) };
}

function eventsOf(call: { readonly tool: string; readonly count: number } | undefined): string {
  const block =
    call === undefined
      ? { type: "text", text: "" }
      : { type: "tool_use", id: `call_${call.count}`, name: call.tool, input: {} };
  const delta =
    call === undefined
      ? { type: "text_delta", text: "Done." }
      : { type: "input_json_delta", partial_json: JSON.stringify({ n: call.count }) };
  const usage = { input_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 1 };
  const message = { id: "m", type: "message", role: "assistant", model: "instant", content: [], usage };
  const events = [
    { type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null } },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: call === undefined ? "end_turn" : "tool_use", stop_sequence: null },
      usage: { output_tokens: 1 },
    },
    { type: "message_stop" },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}
