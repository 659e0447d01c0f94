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
  return withHash(safe, MAX_LENGTH, `${tool}.${operation}`);
}

/** The same name, or one of at most so many letters that ends in a short hash. */
export function shortenName(name: string, maxLength: number): string {
  return name.length <= maxLength ? name : withHash(name, maxLength, name);
}

function withHash(name: string, maxLength: number, hashed: string): string {
  const hash = createHash("sha256").update(hashed).digest("hex").slice(0, 8);
  return `${name.slice(0, maxLength - 9)}_${hash}`;
}
