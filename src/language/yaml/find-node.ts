import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";

/** Entries of maps by name, of those that were asked for. */
const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** The key or value under a path; the nearest thing around it where there is none. */
export function findNode(root: Node | null, path: readonly (string | number)[], which: "key" | "value"): Node | null {
  let node = root;
  for (const [depth, name] of path.entries()) {
    let next: Node | null | undefined;
    if (isMap(node)) {
      const pair = indexOf(node).get(String(name));
      const wantsKey = which === "key" && depth === path.length - 1;
      next = (wantsKey ? pair?.key : (pair?.value ?? pair?.key)) as Node | null | undefined;
    } else if (isSeq(node)) next = node.items[Number(name)] as Node | undefined;
    if (next == null) return node;
    node = next;
  }
  return node;
}

/** Of two entries of one name the first. */
function indexOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = indexes.get(map);
  if (known !== undefined) return known;
  const index = new Map<string, Pair>();
  for (const pair of map.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : undefined;
    if (name !== undefined && !index.has(name)) index.set(name, pair);
  }
  indexes.set(map, index);
  return index;
}
