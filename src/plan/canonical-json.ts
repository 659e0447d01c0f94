/** JSON with the keys of every object in order; undefined for what JSON leaves out. Equal values give equal texts. */
export function canonicalJson(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item) ?? "null").join(",")}]`;
  let text = "";
  for (const key of Object.keys(value).sort()) {
    const written = canonicalJson((value as { readonly [key: string]: unknown })[key]);
    if (written !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${written}`;
  }
  return `{${text}}`;
}
