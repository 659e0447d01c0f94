import type { Span } from "../../diagnostics/diagnostic.ts";
import type { Reader } from "../reader.ts";

/** Where a stretch of a text stands that a value under these keys holds. */
export function placeIn(
  reader: Reader,
  ...keys: readonly string[]
): (path: readonly (string | number)[], start: number, end: number) => Span {
  return (path, start, end) => reader.spanOf([...keys, ...path], { start, end });
}
