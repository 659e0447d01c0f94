// What the real APIs refuse, so that the fake refuses it too: calls without results, results without calls, ids and blocks
// that another provider's model wrote, empty messages.
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/plan/json.ts";

/** Why an API would refuse a request; undefined where it would not. */
export function findFault(path: string, body: JsonObject): string | undefined {
  if (path.endsWith("/messages")) return findAnthropicFault(listOf(body["messages"]));
  if (path.endsWith("/responses")) return findResponsesFault(body, listOf(body["input"]));
  if (path.endsWith("/completions")) return findChatFault(listOf(body["messages"]));
  return undefined;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const BLOCKS: Readonly<Record<string, readonly string[]>> = {
  text: ["type", "text"],
  thinking: ["type", "thinking", "signature"],
  redacted_thinking: ["type", "data"],
  tool_use: ["type", "id", "name", "input"],
  tool_result: ["type", "tool_use_id", "content", "is_error"],
};

function findAnthropicFault(messages: readonly JsonObject[]): string | undefined {
  let open: readonly JsonValue[] = [];
  for (const { role, content } of messages) {
    if (content == null || content === "" || (Array.isArray(content) && content.length === 0)) return "empty message";
    const blocks = listOf(content);
    for (const block of blocks) {
      const keys = BLOCKS[text(block["type"])];
      if (keys === undefined || Object.keys(block).some((key) => !keys.includes(key)))
        return `bad block ${JSON.stringify(block)}`;
      if (block["type"] === "text" && block["text"] === "") return "empty text block";
      if (block["type"] === "tool_use" && (!ID.test(text(block["id"])) || !isJsonObject(block["input"])))
        return "bad tool_use";
    }
    const results = blocks
      .filter(({ type }) => type === "tool_result")
      .map((block) => block["tool_use_id"] as JsonValue);
    if (open.some((id) => !results.includes(id)) || results.some((id) => !open.includes(id)))
      return "results do not match calls";
    open =
      role === "assistant" ? blocks.filter(({ type }) => type === "tool_use").map(({ id }) => id as JsonValue) : [];
  }
  return open.length > 0 ? "calls without results" : undefined;
}

function findResponsesFault({ store, include }: JsonObject, items: readonly JsonObject[]): string | undefined {
  const open = new Set<JsonValue>();
  for (const item of items) {
    const { type = "message", call_id: id = "" } = item;
    if (type === "reasoning" && store === false && item["encrypted_content"] == null) return "reasoning not found";
    if (type === "function_call") {
      if (text(id).length > 64 || typeof item["arguments"] !== "string") return "bad function_call";
      open.add(id);
    } else if (type === "function_call_output") {
      if (!open.delete(id)) return "output without call";
    } else if (type === "message") {
      if (item["role"] === undefined || item["content"] == null) return `bad message ${JSON.stringify(item)}`;
    } else if (type !== "reasoning") return `bad item ${text(type)}`;
  }
  if (include !== undefined && !listOf(include, text).includes("reasoning.encrypted_content")) return "bad include";
  return open.size > 0 ? "calls without outputs" : undefined;
}

const CHAT_KEYS = new Set(["role", "content", "tool_calls", "tool_call_id", "reasoning_content"]);

function findChatFault(messages: readonly JsonObject[]): string | undefined {
  const open = new Set<JsonValue>();
  for (const message of messages) {
    const strange = Object.keys(message).find((key) => !CHAT_KEYS.has(key));
    if (strange !== undefined || typeof message["content"] !== "string")
      return `bad message ${JSON.stringify(message)}`;
    if (message["role"] === "tool") {
      if (!open.delete(message["tool_call_id"] ?? "")) return "result without call";
      continue;
    }
    if (open.size > 0) return "calls without results";
    for (const { id } of listOf(message["tool_calls"])) {
      if (!ID.test(text(id))) return "bad id";
      open.add(id as JsonValue);
    }
  }
  return open.size > 0 ? "calls without results" : undefined;
}

function listOf<T = JsonObject>(value: JsonValue | undefined, read = (one: JsonValue) => one as T): readonly T[] {
  return Array.isArray(value) ? value.map(read) : [];
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}
