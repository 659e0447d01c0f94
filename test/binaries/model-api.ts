// A local server that answers the real programs as the APIs of Anthropic, OpenAI and Ollama do: it thinks where it is asked to, calls the
// tool that a test names once, and then answers in the shape that it is asked for. Keeps every request.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/plan/json.ts";
import { parseJson } from "../../src/schema/check-schema.ts";
import { refuseModel } from "../agents/refuse-model.ts";

/** What the model does. */
export interface Script {
  /** The end of the name of the tool that it calls first, and with what; `blind`: also where nobody offers it. */
  readonly call?: { readonly name: string; readonly args: JsonObject; readonly blind?: boolean };
  readonly answer: JsonObject;
  /** Never answers once the tool has. */
  readonly hang?: boolean;
  /** Answers with this status once the tool has. */
  readonly fail?: number;
  /** Breaks the answer off, or refuses it. */
  readonly stop?: "length" | "refusal";
}

/** The server. */
export interface ModelApi {
  readonly url: string;
  /** Bodies of what the model was asked. */
  readonly requests: readonly JsonObject[];
  script(next: Script): void;
  close(): Promise<void>;
}

type Events = readonly JsonObject[];

/** Who answers at the end of a path. */
const SPEAKERS: Readonly<Record<string, (body: JsonObject, script: Script) => Events>> = {
  "/messages": messages,
  "/responses": responses,
  "/chat/completions": chat,
};

/** Starts it on a free port. */
export async function startModelApi(): Promise<ModelApi> {
  const requests: JsonObject[] = [];
  let script: Script = { answer: {} };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const body = parseJson(text);
      const path = (request.url ?? "").split("?")[0] ?? "";
      const speak = Object.entries(SPEAKERS).find(([end]) => path.endsWith(end))?.[1];
      if (speak === undefined || !isJsonObject(body)) return response.writeHead(404).end("{}");
      requests.push(body);
      if (body["model"] === "no-such-model") return refuseModel(response, path);
      const isCalled = wasCalled(body, "toolu_first") || wasCalled(body, "call_first");
      if (script.fail !== undefined && isCalled)
        return response
          .writeHead(script.fail, { "content-type": "application/json" })
          .end(JSON.stringify({ type: "error", error: { type: "invalid_request_error", message: "scripted" } }));
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (script.hang && isCalled) return response.write(": nothing yet\n\n");
      const events = speak(body, script);
      const named = ({ type }: JsonObject) => (type === undefined ? "" : `event: ${type as string}\n`);
      const lines = events.map((event) => `${named(event)}data: ${JSON.stringify(event)}\n\n`);
      return response.end(`${lines.join("")}${speak === chat ? "data: [DONE]\n\n" : ""}`);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script: (next) => (script = next),
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** Names of the offered tools; OpenAI's come in groups too. */
function offered(value: JsonValue | undefined): readonly { readonly name: string; readonly group?: string }[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).flatMap((tool) => {
    const { function: own } = tool;
    const name = ((isJsonObject(own) ? own["name"] : tool["name"]) ?? tool["type"]) as string;
    if (!Array.isArray(tool["tools"])) return [{ name }];
    return offered(tool["tools"]).map((inner) => ({ ...inner, group: name }));
  });
}

function findTool(tools: JsonValue | undefined, { call }: Script): { name: string; group?: string } | undefined {
  if (call === undefined) return undefined;
  return offered(tools).find(({ name }) => name.endsWith(call.name)) ?? (call.blind ? { name: call.name } : undefined);
}

const wasCalled = (conversation: JsonValue | undefined, id: string) => JSON.stringify(conversation).includes(id);

function messages(body: JsonObject, script: Script): Events {
  const { call, answer } = script;
  const wanted = findTool(body["tools"], script);
  const shaped = offered(body["tools"]).some(({ name }) => name === "StructuredOutput");
  const thinking = isJsonObject(body["thinking"]) && body["thinking"]["type"] !== "disabled";
  const blocks: JsonObject[] = thinking ? [{ type: "thinking", thinking: "Let me see.", signature: "signed" }] : [];
  if (wanted !== undefined && !wasCalled(body["messages"], "toolu_first"))
    blocks.push({ type: "tool_use", id: "toolu_first", name: wanted.name, input: call?.args ?? {} });
  else if (shaped && !wasCalled(body["messages"], "toolu_shape"))
    blocks.push({ type: "tool_use", id: "toolu_shape", name: "StructuredOutput", input: answer });
  else blocks.push({ type: "text", text: JSON.stringify(answer) });
  const usage = {
    input_tokens: 11,
    cache_read_input_tokens: 4,
    cache_creation_input_tokens: 3,
    output_tokens: 1,
  };
  const message = {
    id: `msg_${randomUUID()}`,
    type: "message",
    role: "assistant",
    model: body["model"] ?? null,
    content: [],
    usage,
  };
  const broken = { length: "max_tokens", refusal: "refusal", done: undefined }[script.stop ?? "done"];
  const stop = broken ?? (blocks.at(-1)?.["type"] === "tool_use" ? "tool_use" : "end_turn");
  return [
    { type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null } },
    ...blocks.flatMap((block, index): Events => [
      { type: "content_block_start", index, content_block: emptied(block) },
      ...deltasOf(block).map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index },
    ]),
    { type: "message_delta", delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 7 } },
    { type: "message_stop" },
  ];
}

function emptied(block: JsonObject): JsonObject {
  if (block["type"] === "tool_use") return { ...block, input: {} };
  return block["type"] === "text" ? { type: "text", text: "" } : { type: "thinking", thinking: "", signature: "" };
}

function deltasOf(block: JsonObject): Events {
  if (block["type"] === "tool_use")
    return [{ type: "input_json_delta", partial_json: JSON.stringify(block["input"] ?? {}) }];
  if (block["type"] === "text") return [{ type: "text_delta", text: block["text"] ?? "" }];
  return [
    { type: "thinking_delta", thinking: block["thinking"] ?? "" },
    { type: "signature_delta", signature: block["signature"] ?? "" },
  ];
}

function responses(body: JsonObject, script: Script): Events {
  const { call, answer } = script;
  const wanted = findTool(body["tools"], script);
  const reasoning = { type: "reasoning", id: "r1", summary: [{ type: "summary_text", text: "Let me see." }] };
  const first = {
    type: "function_call",
    id: "f1",
    call_id: "call_first",
    name: wanted?.name ?? "",
    ...(wanted?.group === undefined ? {} : { namespace: wanted.group }),
    arguments: JSON.stringify(call?.args ?? {}),
    status: "completed",
  };
  const said = { type: "output_text", text: JSON.stringify(answer), annotations: [] };
  const text = script.stop === "refusal" ? { type: "refusal", refusal: "no" } : said;
  const last = { type: "message", id: "m1", role: "assistant", status: "completed", content: [text] };
  const output: JsonObject[] = [
    ...(isJsonObject(body["reasoning"]) ? [reasoning] : []),
    wanted !== undefined && !wasCalled(body["input"], "call_first") ? first : last,
  ];
  const usage = {
    input_tokens: 15,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 22,
  };
  const response = {
    id: "resp_1",
    object: "response",
    model: body["model"] ?? null,
    status: script.stop === "length" ? "incomplete" : "completed",
    ...(script.stop === "length" ? { incomplete_details: { reason: "max_output_tokens" } } : {}),
    output,
    usage,
  };
  return [
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    ...output.flatMap((item, output_index): Events => [
      { type: "response.output_item.added", output_index, item },
      ...(item === last && script.stop !== "refusal"
        ? [{ type: "response.output_text.delta", item_id: "m1", output_index, content_index: 0, delta: said.text }]
        : []),
      { type: "response.output_item.done", output_index, item },
    ]),
    { type: script.stop === "length" ? "response.incomplete" : "response.completed", response },
  ];
}

function chat(body: JsonObject, script: Script): Events {
  const { call, answer, stop } = script;
  const wanted = findTool(body["tools"], script);
  const calls = wanted !== undefined && !wasCalled(body["messages"], "call_first");
  const function_ = { name: wanted?.name ?? "", arguments: JSON.stringify(call?.args ?? {}) };
  const delta: JsonObject = calls
    ? { role: "assistant", tool_calls: [{ index: 0, id: "call_first", type: "function", function: function_ }] }
    : { role: "assistant", content: JSON.stringify(answer) };
  const reason = { length: "length", refusal: "content_filter", done: calls ? "tool_calls" : "stop" }[stop ?? "done"];
  const chunk = { id: "chat_1", object: "chat.completion.chunk", created: 1, model: body["model"] ?? null };
  const usage = { prompt_tokens: 15, completion_tokens: 7, total_tokens: 22 };
  return [
    { ...chunk, choices: [{ index: 0, delta, finish_reason: null }] },
    { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: reason }] },
    { ...chunk, choices: [], usage },
  ];
}
