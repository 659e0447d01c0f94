import type { JsonValue } from "../plan/json.ts";
import { ExpressionError } from "./expression-error.ts";
import { MAX_LIST_LENGTH } from "./guard-program.ts";

/**
 * A CEL value as plain JSON: integers as numbers, times as ISO 8601, durations as seconds (`90s`). A value that is
 * JSON already is given back itself, not copied. Throws `ExpressionError`.
 */
export function toJson(value: unknown): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw new ExpressionError("expression/failed", `the result is ${value}, which JSON cannot hold`);
    case "bigint":
      return integerToJson(value);
    case "object":
      return value === null ? null : objectToJson(value);
    default:
      throw new ExpressionError("expression/failed", `the result is no JSON value (${typeof value})`);
  }
}

function integerToJson(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new ExpressionError("expression/too-large", `the integer ${value} does not fit a JSON number`);
}

function objectToJson(value: object): JsonValue {
  if (Array.isArray(value)) return listToJson(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return recordToJson(value);
  if (value instanceof Map) return recordToJson(Object.fromEntries(value));
  if (value instanceof Date) return value.toISOString();
  switch (Object.prototype.toString.call(value)) {
    case "[object google.protobuf.Duration]": {
      const { seconds, nanos } = value as { readonly seconds: bigint; readonly nanos: number };
      return `${Number(seconds) + nanos / 1e9}s`;
    }
    case "[object optional]":
      throw new ExpressionError("expression/failed", "the result is optional; end it with .orValue(…)");
    case "[object Uint8Array]":
      throw new ExpressionError("expression/failed", "the result is bytes; use .base64() or .string()");
  }
  const plain: unknown = value.valueOf();
  if (typeof plain === "bigint") return integerToJson(plain);
  throw new ExpressionError("expression/failed", `the result is no JSON value (${value.constructor.name})`);
}

function listToJson(list: readonly unknown[]): JsonValue {
  if (list.length > MAX_LIST_LENGTH) {
    throw new ExpressionError(
      "expression/too-large",
      `the list has ${list.length} items, more than ${MAX_LIST_LENGTH}`,
    );
  }
  let copy: JsonValue[] | undefined;
  for (const [index, item] of list.entries()) {
    const json = toJson(item);
    if (json !== item) (copy ??= list.slice() as JsonValue[])[index] = json;
  }
  return copy ?? (list as readonly JsonValue[]);
}

function recordToJson(record: object): JsonValue {
  let changed = false;
  const entries = Object.entries(record).map(([key, inner]) => {
    const json = toJson(inner);
    if (json !== inner) changed = true;
    return [key, json] as const;
  });
  return changed ? Object.fromEntries(entries) : (record as JsonValue);
}
