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

/** The heading as plain text: emphasis, code marks, links and closing `#` dropped. */
export function plainHeading(raw: string): string {
  return raw
    .replace(/\s+#+\s*$/, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*`~]/g, "")
    .replace(/(^|\s)_+(\S.*?\S|\S)_+(?=\s|$)/g, "$1$2")
    .trim();
}
