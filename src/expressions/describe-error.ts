/** A fault of the CEL library in the words of the file: JSON's types, one line. */
export function describeError(error: unknown): string {
  const { summary, message } = error as { readonly summary?: string; readonly message?: string };
  const line = (summary ?? message ?? String(error)).split("\n", 1)[0] as string;
  const overload = /^no such overload: (.+) (==|!=|in|[-+*/%<>]=?) (.+)$/.exec(line);
  if (overload !== null) {
    const [, left = "", operator = "", right = ""] = overload;
    return `\`${operator}\` is not defined between ${wordOf(left)} and ${wordOf(right)}`;
  }
  const call = /^found no matching overload for '(?:(.+)\.)?(\w+)\((.*)\)'$/.exec(line);
  if (call !== null) {
    const [, target, name = "", args = ""] = call;
    const given = args === "" ? "no arguments" : `(${args.split(", ").map(wordOf).join(", ")})`;
    const of = target === undefined || target === "dyn" ? "" : ` of ${wordOf(target)}`;
    return `there is no function \`${publicName(name)}\`${of} that takes ${given}`;
  }
  const unary = /^no such overload: ([!-])(.+)$/.exec(line);
  if (unary !== null) return `\`${unary[1]}\` is not defined for ${wordOf(unary[2] as string)}`;
  if (line === "Unexpected token: EOF") return "the expression ends too early";
  return line.replace(/, got '(.+?)'(?: and '(.+)')?$/, (_, first: string, second?: string) => {
    return `, not ${wordOf(first)}${second === undefined ? "" : ` and ${wordOf(second)}`}`;
  });
}

const WORDS: Readonly<Record<string, string>> = {
  int: "integer",
  double: "number",
  bool: "boolean",
  dyn: "any value",
  map: "object",
};

function publicName(name: string): string {
  return name === "matchesLinear" ? "matches" : name;
}

function wordOf(type: string): string {
  const plain = type.replace(/^dyn<(.*)>$/, "$1").trim();
  if (plain.startsWith("list<")) return "list";
  if (plain.startsWith("map<")) return "object";
  return WORDS[plain] ?? plain;
}
