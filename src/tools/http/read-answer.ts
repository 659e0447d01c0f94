import type { JsonObject, JsonValue } from "../../plan/json.ts";
import { parseJson } from "../../schema/check-schema.ts";
import { redactValue } from "../redact.ts";
import type { ToolAnswer } from "../tool-kind.ts";
import type { WireAnswer } from "./exchange.ts";
import type { FollowedAnswer } from "./follow-redirects.ts";

const MAX_EXCERPT = 1000;
/** A gateway could not tell whether the service behind it did what it was asked. */
const GATEWAY = new Set([502, 504, 520, 522, 524]);
const RETRYABLE = new Set([408, 425, 429]);

/** What a call gives: the body of a good answer, or what is wrong with another one. `mask` takes credentials out of texts. */
export function readAnswer(
  answer: FollowedAnswer,
  request: { readonly shown: string; readonly result: "body" | "full"; readonly mask: (text: string) => string },
): ToolAnswer {
  const { status, statusText } = answer;
  const isWell = status >= 200 && status < 300;
  const body = readBody(answer, isWell, request.mask);
  if (isWell) {
    const value = request.result === "full" ? { status, headers: readHeaders(answer, request.mask), body } : body;
    return { value, isError: false };
  }
  const text = typeof body === "string" ? body : body === null ? "" : JSON.stringify(body);
  const cut = text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT)}…` : text;
  const retryAfterMs = readRetryAfter(answer.headers["retry-after"]);
  return {
    value: `${request.shown}: ${status} ${statusText}${cut === "" ? "" : `: ${cut}`}`,
    isError: true,
    failure: {
      code: codeOf(status),
      retryable: status >= 500 ? status !== 501 && status !== 505 : RETRYABLE.has(status),
      outcomeUnknown: answer.isReadAfter || GATEWAY.has(status),
      details: { status },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  };
}

function codeOf(status: number): string {
  if (status === 401 || status === 403 || status === 407) return "tool/unauthorized";
  if (status === 404 || status === 410) return "tool/not-found";
  if (status === 429) return "tool/rate-limited";
  if (status >= 500) return "tool/server-error";
  return "tool/rejected";
}

/** JSON as its value, text as text, nothing as null, anything else as base64 with its media type: also what is no text in its charset. */
function readBody({ body, headers }: WireAnswer, isWell: boolean, mask: (text: string) => string): JsonValue {
  if (body.length === 0) return null;
  const mediaType = headers["content-type"] ?? "";
  const isJson = /^[^;]*[/+]json\b/i.test(mediaType);
  if (
    mediaType !== "" &&
    !isJson &&
    !/^text\/|[/+](xml|yaml|x-yaml|javascript|x-www-form-urlencoded)\b/i.test(mediaType)
  )
    return { mediaType, base64: body.toString("base64") };
  const decoded = decode(body, /charset="?([\w-]+)/i.exec(mediaType)?.[1] ?? "utf-8");
  if (decoded === undefined && isWell) return { mediaType, base64: body.toString("base64") };
  const text = decoded ?? body.toString("utf8");
  const value = isJson || mediaType === "" ? parseJson(text) : undefined;
  // Masked as text, it might be JSON no more.
  return value === undefined ? mask(text) : redactValue(value, mask);
}

/** Undefined where the bytes are no text of that charset: to replace some would be to make up an answer. */
function decode(body: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(body);
  } catch (error) {
    return error instanceof RangeError && charset !== "utf-8" ? decode(body, "utf-8") : undefined;
  }
}

function readHeaders({ headers }: WireAnswer, mask: (text: string) => string): JsonObject {
  // Cookies are credentials of a session that ends with the call.
  const shown = Object.entries(headers).filter(([name, value]) => value !== undefined && name !== "set-cookie");
  return Object.fromEntries(shown.map(([name, value]) => [name, mask(String(value))]));
}

/** Seconds, or a date. */
function readRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - Date.now());
}
