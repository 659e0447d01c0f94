import { createHash } from "node:crypto";

const MAX_LENGTH = 64;

/**
 * The name of an operation as providers allow it (letters, digits, `_`, `-`, at most 64): `server__operation`. Names that
 * would collide or be cut end in a short hash.
 */
export function wireName(tool: string, operation: string): string {
  const plain = `${tool}__${operation}`;
  const safe = plain.replace(/[^A-Za-z0-9_-]/g, "_");
  if (safe === plain && safe.length <= MAX_LENGTH) return safe;
  const hash = createHash("sha256").update(`${tool}.${operation}`).digest("hex").slice(0, 8);
  return `${safe.slice(0, MAX_LENGTH - 9)}_${hash}`;
}
