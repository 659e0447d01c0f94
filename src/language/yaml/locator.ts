import type { Span } from "../../diagnostics/diagnostic.ts";
import type { YamlPlace } from "./parse-yaml.ts";

/** From the first character to the one after the last, counted from 0 in a piece of YAML. */
export type Stretch = readonly [from: number, to: number, ...unknown[]];

/** Says where a stretch of a piece of YAML stands in its file. Lines are counted when that is first asked. */
export function createLocator(text: string, place: YamlPlace): (stretch: Stretch) => Span {
  // The library's own counter knows no lines that its lexer has not reached when it fails.
  let starts: readonly number[] | undefined;
  const positionOf = (offset: number) => {
    starts ??= [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    const at = Math.min(offset, text.length);
    const line = lastAtMost(starts, at);
    const column = at - (starts[line] ?? 0) + 1;
    return { line: place.line + line, column: line === 0 ? place.column + column - 1 : column };
  };
  return ([from, to]) => {
    const first = positionOf(from);
    const last = positionOf(Math.max(to, from + 1));
    return { line: first.line, column: first.column, endLine: last.line, endColumn: last.column };
  };
}

/** Index of the last line that starts at `at` or before. Found in few steps: a file may have as many faults as lines. */
export function lastAtMost(starts: readonly number[], at: number): number {
  let first = 0;
  let last = starts.length - 1;
  while (first < last) {
    const middle = Math.ceil((first + last) / 2);
    if ((starts[middle] as number) <= at) first = middle;
    else last = middle - 1;
  }
  return first;
}
