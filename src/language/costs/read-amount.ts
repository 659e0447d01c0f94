import type { Reader } from "../reader.ts";

/** A number above 0, or 0 where that means something. Complains with `code`. */
export function readAmount(
  reader: Reader,
  key: string,
  { code, zero = false }: { readonly code: string; readonly zero?: boolean },
): number | undefined {
  const value = reader.raw(key);
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isFinite(value) && (value > 0 || (zero && value === 0))) return value;
  reader.complain(key, {
    code,
    message: `${key} cannot be ${JSON.stringify(value)}`,
    expected: zero ? "a number from 0 on" : "a number above 0",
  });
  return undefined;
}
