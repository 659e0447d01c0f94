import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { Span } from "../../diagnostics/diagnostic.ts";
import type { JsonValue } from "../../plan/json.ts";
import type { Stretch } from "./locator.ts";

/** What to do with what is wrong. */
export interface NodeTools {
  readonly complain: (complaint: Omit<Complaint, "span">, stretch: Stretch) => void;
  readonly at: (stretch: Stretch) => Span;
}

/** Names that reach into JavaScript's own objects. */
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);
const NOWHERE: Stretch = [0, 1];

/** The value of a node, in one walk that complains about all that YAML has and JSON has not. */
export function readNode(node: Node | null, tools: NodeTools): JsonValue {
  if (node === null) return null;
  const stretch = node.range ?? NOWHERE;
  if (isAlias(node)) {
    tools.complain({ code: "yaml/alias", message: `aliases such as *${node.source} are not used here` }, stretch);
    return null;
  }
  checkProperties(node, tools);
  if (isMap(node)) return readMap(node.items, tools);
  if (isSeq(node)) return node.items.map((item) => readNode(item as Node | null, tools));
  if (!isScalar(node)) return null;
  const { value, source = String(value) } = node;
  if (typeof value === "number" && !Number.isFinite(value))
    tools.complain({ code: "yaml/number", message: "not a number that JSON has" }, stretch);
  else if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/^[-+]?[\d.]+e/i.test(source))
    tools.complain(
      {
        code: "yaml/number",
        message: `${source} would lose digits: whole numbers go up to ${Number.MAX_SAFE_INTEGER}`,
        hint: "quote it: an identifier is text",
      },
      stretch,
    );
  return value as JsonValue;
}

type Marked = Node & { readonly anchor?: string };

/** Anchors and tags stand before a value of any kind, and before a key. */
function checkProperties({ anchor, tag, range }: Marked, { complain }: NodeTools): void {
  if (anchor !== undefined)
    complain({ code: "yaml/anchor", message: `anchors such as &${anchor} are not used here` }, range ?? NOWHERE);
  else if (tag !== undefined)
    complain(
      { code: "yaml/tag", message: `the tag ${tag.replace("tag:yaml.org,2002:", "!!")} is not used here` },
      range ?? NOWHERE,
    );
}

function readMap(items: readonly Pair[], tools: NodeTools): JsonValue {
  const first = new Map<string, Stretch>();
  const found: { [name: string]: JsonValue } = {};
  for (const { key, value } of items) {
    const name = readKey(key as Node | null, first, tools);
    const read = readNode(value as Node | null, tools);
    if (name !== undefined) found[name] = read;
  }
  return found;
}

/** The name that a key gives its value; undefined where it must not have one. */
function readKey(node: Node | null, first: Map<string, Stretch>, tools: NodeTools): string | undefined {
  const stretch = node?.range ?? NOWHERE;
  const refuse = (code: string, message: string, related: Complaint["related"] = []) =>
    tools.complain({ code, message, ...(related.length === 0 ? {} : { related }) }, stretch);
  if (!isScalar(node)) {
    refuse("yaml/key", "a key must be plain text");
    readNode(node, tools);
    return undefined;
  }
  checkProperties(node as Marked, tools);
  const value = node.value as string | number | boolean | null;
  const name = value === null ? "" : String(value);
  const before = first.get(name);
  if (FORBIDDEN.has(name)) refuse("yaml/forbidden-key", `the key ${name} is not allowed`);
  else if (name === "<<") refuse("yaml/merge", "merge keys are not used here");
  else if (before !== undefined) {
    refuse("yaml/duplicate-key", `the key ${name} is given twice`, [
      { message: "the first one", span: tools.at(before) },
    ]);
  } else {
    first.set(name, stretch);
    return name;
  }
  return undefined;
}
