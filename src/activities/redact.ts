/** What stands where a secret stood. */
const MASK = "***";

/** Shorter values would mask ordinary words. */
const MIN_SECRET_LENGTH = 4;

/**
 * A function that masks secret values in text: as they are, base64, base64url, URL-encoded and JSON-escaped.
 * Values of fewer than 4 characters are left alone.
 */
export function createRedactor(secrets: Iterable<string>): (text: string) => string {
  const needles = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_LENGTH) continue;
    const base64 = Buffer.from(secret, "utf8").toString("base64");
    needles.add(secret);
    needles.add(base64);
    needles.add(base64.replace(/=+$/, ""));
    needles.add(Buffer.from(secret, "utf8").toString("base64url"));
    needles.add(encodeURIComponent(secret));
    needles.add(JSON.stringify(secret).slice(1, -1));
  }
  const longestFirst = [...needles].sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return (text) => text;
  return (text) => longestFirst.reduce((masked, needle) => masked.replaceAll(needle, MASK), text);
}
