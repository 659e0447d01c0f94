import type { Reader } from "./reader.ts";

/** What a number may be. */
export interface NumberLimits {
  readonly min: number;
  readonly max?: number;
  readonly whole?: boolean;
}

/** A number of a map within its limits; complains about anything else, also about fractions where `whole`. */
export function readNumber(
  reader: Reader,
  key: string,
  { min, max, whole = false, badValue }: NumberLimits & { readonly badValue: string },
): number | undefined {
  const value = reader.raw(key);
  if (value === undefined) return undefined;
  const fits =
    typeof value === "number" &&
    value >= min &&
    value <= (max ?? Number.MAX_SAFE_INTEGER) &&
    (!whole || Number.isSafeInteger(value));
  if (fits) return value;
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  const expected = `a ${whole ? "whole " : ""}number ${range}`;
  reader.complain(key, {
    code: badValue,
    message: `${key} must be ${expected}, not ${JSON.stringify(value).slice(0, 60)}`,
    expected,
  });
  return undefined;
}
