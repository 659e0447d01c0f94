import type { CallToolResult } from "@modelcontextprotocol/server";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { cutResult } from "../cut-result.ts";

/** What a tool answered, as a program is given it: pictures and sound as such, all else as text. */
export function toContent(value: JsonValue): CallToolResult["content"] {
  const parts = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  if (!parts.some(isMedia)) return [textOf(value)];
  return parts.map((part) => (isMedia(part) ? (part as unknown as CallToolResult["content"][number]) : textOf(part)));
}

function textOf(value: JsonValue) {
  const text = cutResult(value);
  return { type: "text" as const, text: typeof text === "string" ? text : JSON.stringify(text) };
}

function isMedia(part: JsonValue): part is JsonObject {
  if (!isJsonObject(part) || (part["type"] !== "image" && part["type"] !== "audio")) return false;
  return typeof part["data"] === "string" && typeof part["mimeType"] === "string";
}
