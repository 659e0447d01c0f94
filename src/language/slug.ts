/** The id of a heading: snake_case ASCII, without a leading "Step 3:"; empty where nothing is left. */
export function slugOf(heading: string): string {
  const words = heading
    .replace(/^\s*(?:step\s+\d+\s*[:.–-]|\d+\.)\s*/i, "")
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/ß/g, "ss")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
  return /^\d/.test(words) ? `_${words}` : words;
}
