// A local server that speaks the three model APIs over HTTP as the official SDKs expect them, answers by script, and
// keeps every request for the test to read.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../src/plan/json.ts";
import { findFault } from "./check-wire.ts";
import { refuseModel } from "./refuse-model.ts";

/** One answer of the model. */
export interface Reply {
  readonly text?: string;
  /** The text, as it comes piece by piece. @default the text in one piece */
  readonly pieces?: readonly string[];
  /** Reasoning, with what the API wants back unchanged. */
  readonly thinking?: string;
  readonly calls?: readonly { readonly id: string; readonly name: string; readonly json: string }[];
  /** Does not tell what it used, as some compatible servers do not. */
  readonly silent?: boolean;
  /** What ends the answer. @default done */
  readonly stop?: "done" | "length" | "refusal";
  /** HTTP failure instead of an answer. */
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Closes the connection in the middle of the answer. */
  readonly cut?: boolean;
  /** Waits before it answers. */
  readonly delayMs?: number;
  /** Sends the head of the answer, and its text where there is any, and then nothing. */
  readonly hang?: boolean;
  /** Waits so long before each part of the answer, ms. */
  readonly pauseMs?: number;
  /** Sends so many bytes of text and no end; `flat`: in one line. */
  readonly flood?: { readonly bytes: number; readonly flat?: boolean };
  /** Fails in the middle of the answer. */
  readonly streamError?: string;
}

/** A request as it came. */
export interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: JsonObject;
  /** When it came. */
  readonly atMs: number;
  /** True once the client has closed the connection before the answer was whole. */
  aborted: boolean;
}

/** The fake. */
export interface FakeApi {
  readonly url: string;
  readonly requests: readonly Seen[];
  /** The next answers, in order; without one the fake answers 500. */
  script(...replies: readonly Reply[]): void;
  /** Drops answers that were not asked for. */
  forget(): void;
  close(): Promise<void>;
}

/** An object of some protocol. */
type Fields = Readonly<Record<string, unknown>>;

/** Which API a path belongs to. */
type Protocol = (reply: Reply) => readonly (readonly [event: string | undefined, data: object | string])[];

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  "/v1/messages": anthropicEvents,
  "/responses": responsesEvents,
  "/chat/completions": chatEvents,
};

/** Starts the fake on a free port. */
export async function startFakeApi(): Promise<FakeApi> {
  const requests: Seen[] = [];
  const replies: Reply[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const body = text === "" ? {} : JSON.parse(text);
      const seen: Seen = { path: request.url ?? "", headers: request.headers, body, atMs: Date.now(), aborted: false };
      requests.push(seen);
      response.on("close", () => (seen.aborted = !response.writableFinished));
      if (request.method === "GET" && replies[0]?.status === undefined) return tellModels(response, seen.path);
      if (body["model"] === "no-such-model") return refuseModel(response, seen.path);
      const fault = findFault(seen.path, body);
      if (fault !== undefined) return answer(response, seen, { status: 400, type: fault });
      const reply = replies.shift() ?? { status: 500, type: "nothing_scripted" };
      setTimeout(() => answer(response, seen, reply), reply.delayMs ?? 0);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script: (...more) => void replies.push(...more),
    forget: () => void replies.splice(0),
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

function answer(response: ServerResponse, { path }: Seen, reply: Reply): void {
  if (reply.status !== undefined) {
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    const error = { type: reply.type ?? "error", code: reply.type ?? null, message: `scripted ${reply.status}` };
    response.end(JSON.stringify({ type: "error", error }));
    return;
  }
  const protocol = Object.entries(PROTOCOLS).find(([end]) => path.endsWith(end))?.[1];
  if (protocol === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const frames = protocol(reply).map(
    ([event, data]) =>
      `${event === undefined ? "" : `event: ${event}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`,
  );
  const head = frames.slice(
    0,
    reply.text === undefined && reply.pieces === undefined ? 1 : -(TAIL[path.replace(/^.*(?=\/)/, "")] ?? 0),
  );
  if (reply.flood !== undefined) void flood(response, protocol, reply.flood);
  else if (reply.streamError !== undefined) response.end([...head, errorFrame(path, reply.streamError)].join(""));
  else if (reply.hang) response.write(head.join(""));
  else if (reply.pauseMs !== undefined) void writeSlowly(response, frames, reply.pauseMs);
  else if (reply.cut) response.write(frames.slice(0, 3).join(""), () => response.destroy());
  else response.end(frames.join(""));
}

/** Frames of each API that end an answer. */
const TAIL: Readonly<Record<string, number>> = { "/messages": 3, "/responses": 1, "/completions": 4 };

function errorFrame(path: string, type: string): string {
  const error = { type, code: type, message: `scripted ${type}` };
  if (path.endsWith("/responses"))
    return `event: error\ndata: ${JSON.stringify({ ...error, type: "error", sequence_number: 9 })}\n\n`;
  return path.endsWith("/messages")
    ? `event: error\ndata: ${JSON.stringify({ type: "error", error })}\n\n`
    : `data: ${JSON.stringify({ error })}\n\n`;
}

async function writeSlowly(response: ServerResponse, frames: readonly string[], pauseMs: number) {
  for (const frame of frames) {
    await sleep(pauseMs);
    response.write(frame);
  }
  response.end();
}

async function flood(response: ServerResponse, protocol: Protocol, { bytes, flat }: NonNullable<Reply["flood"]>) {
  const text = "x".repeat(64 * 1024);
  const found = protocol({ text });
  const at = found.findIndex(([, data]) => JSON.stringify(data).includes(text));
  const frame = ([event, data]: (typeof found)[number]) =>
    `${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;
  response.write(found.slice(0, at).map(frame).join(""));
  const piece = flat ? text : frame(found[at] as (typeof found)[number]);
  if (flat) response.write("data: ");
  const closed = new Promise((done) => response.once("close", done));
  for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length)
    if (!response.write(piece)) await Promise.race([closed, new Promise((done) => response.once("drain", done))]);
  response.end();
}

/** Every model is there but `no-such-model`. */
function tellModels(response: ServerResponse, path: string): void {
  const [, model] = /\/models\/(.+)$/.exec(path) ?? [];
  const known = ["gpt-test", "claude-test", "llama-test:latest"].map((id) => ({ id, object: "model", type: "model" }));
  response.writeHead(model === "no-such-model" ? 404 : 200, { "content-type": "application/json" });
  const error = { type: "not_found_error", message: `no model ${model}` };
  const found = model === undefined ? { object: "list", data: known } : { id: model, type: "model", object: "model" };
  response.end(JSON.stringify(model === "no-such-model" ? { type: "error", error } : found));
}

const USAGE = { in: 11, cached: 4, written: 3, out: 7, reasoning: 2 };

function anthropicEvents(reply: Reply): ReturnType<Protocol> {
  const { calls = [], stop = "done", thinking } = reply;
  const text = textOf(reply);
  const blocks: Fields[] = [
    ...(thinking === undefined
      ? []
      : [
          { type: "thinking", thinking: "", signature: "" },
          { type: "redacted_thinking", data: `sealed ${thinking}` },
        ]),
    ...(text === "" ? [] : [{ type: "text", text: "" }]),
    ...calls.map(({ id, name }) => ({ type: "tool_use", id, name, input: {} })),
  ];
  const deltas: (readonly Fields[])[] = [
    ...(thinking === undefined
      ? []
      : [
          [
            ...halves(thinking).map((half) => ({ type: "thinking_delta", thinking: half })),
            { type: "signature_delta", signature: `signed ${thinking}` },
          ],
          [],
        ]),
    ...(text === "" ? [] : [piecesOf(reply).map((piece) => ({ type: "text_delta", text: piece }))]),
    ...calls.map(({ json }) => halves(json).map((half) => ({ type: "input_json_delta", partial_json: half }))),
  ];
  const reason = { done: calls.length > 0 ? "tool_use" : "end_turn", length: "max_tokens", refusal: "refusal" }[stop];
  const usage = {
    input_tokens: USAGE.in,
    cache_read_input_tokens: USAGE.cached,
    cache_creation_input_tokens: USAGE.written,
    output_tokens: 1,
  };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-test", content: [], usage };
  const events: Fields[] = [
    { type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null } },
    ...blocks.flatMap((block, index) => [
      { type: "content_block_start", index, content_block: block },
      ...(deltas[index] ?? []).map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index },
    ]),
    {
      type: "message_delta",
      delta: { stop_reason: reason, stop_sequence: null },
      usage: { output_tokens: USAGE.out, output_tokens_details: { thinking_tokens: USAGE.reasoning } },
    },
    { type: "message_stop" },
  ];
  return events.map((event) => [event["type"] as string, event]);
}

function textOf({ text = "", pieces }: Reply): string {
  return pieces?.join("") ?? text;
}

function piecesOf({ text = "", pieces = [text] }: Reply): readonly string[] {
  return pieces;
}

function halves(text: string): readonly string[] {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

function responsesEvents(reply: Reply): ReturnType<Protocol> {
  const { calls = [], stop = "done", thinking } = reply;
  const text = textOf(reply);
  const part =
    stop === "refusal"
      ? { type: "refusal", refusal: "no" }
      : { type: "output_text", text, annotations: [], logprobs: [] };
  const output: Fields[] = [
    ...(thinking === undefined
      ? []
      : [{ type: "reasoning", id: "r1", summary: [], encrypted_content: `sealed ${thinking}` }]),
    ...(text === "" && stop !== "refusal"
      ? []
      : [{ type: "message", id: "m1", role: "assistant", status: "completed", content: [part] }]),
    ...calls.map(({ id, name, json }) => ({
      type: "function_call",
      id: `f${id}`,
      call_id: id,
      name,
      arguments: json,
      status: "completed",
    })),
  ];
  const response = {
    id: "resp_1",
    object: "response",
    model: "gpt-test",
    status: stop === "length" ? "incomplete" : "completed",
    incomplete_details: stop === "length" ? { reason: "max_output_tokens" } : null,
    output,
    usage: {
      input_tokens: USAGE.in + USAGE.cached,
      input_tokens_details: { cached_tokens: USAGE.cached },
      output_tokens: USAGE.out,
      output_tokens_details: { reasoning_tokens: USAGE.reasoning },
      total_tokens: USAGE.in + USAGE.cached + USAGE.out,
    },
  };
  const head = { ...response, status: "in_progress", output: [], usage: null };
  const events: Fields[] = [
    { type: "response.created", response: head },
    { type: "response.in_progress", response: head },
    ...piecesOf(reply).map((delta) => ({
      type: "response.output_text.delta",
      item_id: "m1",
      output_index: 0,
      content_index: 0,
      delta,
    })),
    { type: stop === "length" ? "response.incomplete" : "response.completed", response },
  ];
  return events.map((event, index) => [event["type"] as string, { sequence_number: index, ...event }]);
}

function chatEvents(reply: Reply): ReturnType<Protocol> {
  const { calls = [], stop = "done", thinking } = reply;
  const chunk = (delta: Fields, finish: string | null): Fields => ({
    id: "chat_1",
    object: "chat.completion.chunk",
    created: 1,
    model: "gpt-test",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const finish = { done: calls.length > 0 ? "tool_calls" : "stop", length: "length", refusal: "stop" }[stop];
  const toolCalls = calls.map(({ id, name, json }, index) => ({
    index,
    id,
    type: "function",
    function: { name, arguments: json },
  }));
  const usage = {
    prompt_tokens: USAGE.in + USAGE.cached,
    prompt_tokens_details: { cached_tokens: USAGE.cached },
    completion_tokens: USAGE.out,
    completion_tokens_details: { reasoning_tokens: USAGE.reasoning },
    total_tokens: USAGE.in + USAGE.cached + USAGE.out,
  };
  return [
    [undefined, chunk({ role: "assistant", content: "" }, null)],
    ...(thinking === undefined
      ? []
      : halves(thinking).map((half) => [undefined, chunk({ reasoning_content: half }, null)] as const)),
    ...piecesOf(reply).map((piece) => [undefined, chunk({ content: piece }, null)] as const),
    [undefined, chunk(stop === "refusal" ? { refusal: "no" } : {}, null)],
    [undefined, chunk(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }, null)],
    [undefined, chunk({}, finish)],
    ...(reply.silent
      ? []
      : [
          [
            undefined,
            { id: "chat_1", object: "chat.completion.chunk", created: 1, model: "gpt-test", choices: [], usage },
          ] as const,
        ]),
    [undefined, "[DONE]"],
  ];
}
