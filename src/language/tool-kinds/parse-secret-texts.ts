import type { Template } from "../../plan/template.ts";
import type { Reader } from "../reader.ts";

const SECRET = /\$\{\{\s*secrets\.(\w+)\s*\}\}/;

/**
 * A map of texts in which `${{ secrets.X }}` may stand, alone or between words (`Bearer ${{ secrets.X }}`): a `$secret`, or
 * a list of texts and `$secret` nodes that belong together. No other expression has a value there.
 */
export function parseSecretTexts(reader: Reader, key: string): { readonly [name: string]: Template } | undefined {
  const map = reader.map(key);
  if (map === undefined) return undefined;
  const entries = Object.entries(map.object).map(([name, value]): [string, Template] => {
    if (typeof value === "object") {
      map.complain(name, { code: "config/bad-value", message: `${name} must be text` });
      return [name, ""];
    }
    const parts = partsOf(String(value));
    if (parts.some((part) => typeof part === "string" && part.includes("${{")))
      map.complain(name, {
        code: "config/bad-value",
        message: `${name}: only secrets have a value here`,
        expected: "text with ${{ secrets.NAME }}",
      });
    const [only = ""] = parts;
    return [name, parts.length > 1 ? parts : only];
  });
  return Object.fromEntries(entries);
}

function partsOf(text: string): Template[] {
  const found = SECRET.exec(text);
  if (found === null) return text === "" ? [] : [text];
  const before = text.slice(0, found.index);
  return [
    ...(before === "" ? [] : [before]),
    { $secret: found[1] as string },
    ...partsOf(text.slice(found.index + found[0].length)),
  ];
}
