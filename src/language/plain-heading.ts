/** The heading as plain text: emphasis, code marks, links and closing `#` dropped. The time is linear in its length. */
export function plainHeading(raw: string): string {
  const text = withoutLinks(withoutClosing(raw.trim())).replace(/[*`~]/g, "");
  return withoutUnderscores(text).trim();
}

/** `## Text ##` */
function withoutClosing(text: string): string {
  let end = text.length;
  while (text[end - 1] === "#") end -= 1;
  return end === 0 || isSpace(text[end - 1]) ? text.slice(0, end).trimEnd() : text;
}

/** `[text](address)` and `![text](address)` as their text. */
function withoutLinks(text: string): string {
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("[", at);
    const close = open === -1 ? -1 : text.indexOf("]", open);
    if (close === -1) break;
    const end = text[close + 1] === "(" ? text.indexOf(")", close) : -1;
    if (end === -1) {
      plain += text.slice(at, close + 1);
      at = close + 1;
      if (text[at] === "(") break;
      continue;
    }
    plain += text.slice(at, text[open - 1] === "!" && open > at ? open - 1 : open) + text.slice(open + 1, close);
    at = end + 1;
  }
  return plain + text.slice(at);
}

/** `_words_` as the words: underscores between white space and text, and between text and white space. */
function withoutUnderscores(text: string): string {
  let plain = "";
  let from = 0;
  for (let at = text.indexOf("_"); at !== -1; at = text.indexOf("_", at)) {
    const begin = at;
    at = endOfRun(text, at);
    if ((begin > 0 && !isSpace(text[begin - 1])) || at === text.length || isSpace(text[at])) continue;
    const end = endOfEmphasis(text, at);
    if (end === undefined) break;
    const after = endOfRun(text, end);
    plain += text.slice(from, begin) + text.slice(at, end);
    from = after;
    at = after;
  }
  return plain + text.slice(from);
}

/** Where the underscores begin that stand between text and white space. */
function endOfEmphasis(text: string, from: number): number | undefined {
  for (let at = text.indexOf("_", from); at !== -1; at = text.indexOf("_", at)) {
    const begin = at;
    at = endOfRun(text, at);
    if ((at === text.length || isSpace(text[at])) && !isSpace(text[begin - 1])) return begin;
  }
  return undefined;
}

function endOfRun(text: string, from: number): number {
  let end = from;
  while (text[end] === "_") end += 1;
  return end;
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}
