import { createDiagnostic, type Complaint } from "../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../diagnostics/diagnostic.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import { parseDuration } from "./duration.ts";
import { nearestName } from "./yaml/nearest-name.ts";
import type { Part, YamlResult } from "./yaml/parse-yaml.ts";

/** Reads values out of a YAML map and complains with their places. */
export interface Reader {
  readonly file: string;
  readonly diagnostics: Diagnostic[];
  readonly object: JsonObject;
  has(key: string): boolean;
  raw(key: string): JsonValue | undefined;
  text(key: string): string | undefined;
  flag(key: string): boolean | undefined;
  count(key: string): number | undefined;
  durationMs(key: string): number | undefined;
  /** One of the words; `later` are words that a later version brings, with what to do meanwhile. */
  oneOf<T extends string>(key: string, words: readonly T[], later?: Readonly<Record<string, string>>): T | undefined;
  names(key: string): readonly string[] | undefined;
  /** A map of texts; numbers and booleans count as their text, a missing map as an empty one. */
  texts(key: string): Readonly<Record<string, string>>;
  /** `badValue`: the code for wrong values inside. @default the reader's own */
  map(key: string, badValue?: string): Reader | undefined;
  spanOf(path: readonly (string | number)[], which?: Part): Span;
  /** Complains about one key. */
  complain(key: string, complaint: Omit<Complaint, "file" | "span">, which?: "key" | "value"): void;
}

/** How a reader reports: the code for wrong values, and where diagnostics go. */
export interface ReaderOptions {
  readonly file: string;
  readonly yaml: Pick<YamlResult, "spanOf">;
  readonly badValue: string;
  readonly diagnostics: Diagnostic[];
  readonly path?: readonly (string | number)[];
}

/** A reader of one map. */
export function createReader(object: JsonObject, options: ReaderOptions): Reader {
  const { file, yaml, badValue, diagnostics, path = [] } = options;
  const spanOf = (inner: readonly (string | number)[], which?: Part) => yaml.spanOf([...path, ...inner], which);
  const reader: Reader = {
    file,
    diagnostics,
    object,
    spanOf,
    has: (key) => Object.hasOwn(object, key),
    raw: (key) => (Object.hasOwn(object, key) ? object[key] : undefined),
    text: (key) => typed(key, (value) => typeof value === "string", "text") as string | undefined,
    flag: (key) => typed(key, (value) => typeof value === "boolean", "true or false") as boolean | undefined,
    count: (key) =>
      typed(key, (value) => Number.isSafeInteger(value) && (value as number) > 0, "a whole number above 0") as
        | number
        | undefined,
    durationMs(key) {
      const value = reader.raw(key);
      if (value === undefined) return undefined;
      const ms = parseDuration(value);
      if (ms === undefined || ms === 0)
        reader.complain(key, {
          code: "duration/bad",
          message: `${JSON.stringify(value)} is not a duration`,
          expected: "90s, 5m, 2h30m, 3d, PT5M",
        });
      return ms;
    },
    oneOf(key, words, later = {}) {
      const value = reader.raw(key);
      if (value === undefined) return undefined;
      if (typeof value === "string" && Object.hasOwn(later, value)) {
        const code = badValue.replace(/\/.*/, "/not-yet");
        reader.complain(key, { code, message: `${key}: ${value} is not supported yet`, hint: later[value] });
        return undefined;
      }
      const found = words.find((word) => word === value);
      if (found === undefined) {
        const near = typeof value === "string" ? nearestName(value, words) : undefined;
        reader.complain(key, {
          code: badValue,
          message: `${key} cannot be ${JSON.stringify(value)}`,
          expected: words.join(" | "),
          ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
        });
      }
      return found;
    },
    names: (key) =>
      typed(
        key,
        (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
        "a list of names",
      ) as readonly string[] | undefined,
    texts(key) {
      const map = reader.map(key);
      const entries = Object.entries(map?.object ?? {});
      for (const [name, value] of entries)
        if (typeof value === "object")
          map?.complain(name, {
            code: badValue,
            message: `${name} must be text`,
            expected: "text, a number, true or false",
          });
      return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === "object" ? "" : String(value)]));
    },
    map(key, code = badValue) {
      const value = typed(key, isJsonObject, "a map") as JsonObject | undefined;
      return value === undefined
        ? undefined
        : createReader(value, { ...options, badValue: code, path: [...path, key] });
    },
    complain(key, complaint, which) {
      diagnostics.push(createDiagnostic({ file, span: spanOf([key], which), ...complaint }));
    },
  };
  const typed = (key: string, fits: (value: JsonValue) => boolean, expected: string): JsonValue | undefined => {
    const value = reader.raw(key);
    if (value === undefined) return undefined;
    if (fits(value)) return value;
    reader.complain(key, {
      code: badValue,
      message: `${key} must be ${expected}, not ${JSON.stringify(value).slice(0, 60)}`,
      expected,
    });
    return undefined;
  };
  return reader;
}

/** Which keys a map may have, and which a later version brings. */
export interface KeyTable {
  readonly known: readonly string[];
  readonly notYet?: Readonly<Record<string, string>>;
  readonly unknownCode: string;
  readonly notYetCode?: string;
  /** Names of other tools and what they are called here. */
  readonly synonyms?: Readonly<Record<string, string>>;
}

/** Complains about every key that is not in the table. */
export function checkKeys(reader: Reader, table: KeyTable): void {
  for (const key of Object.keys(reader.object)) {
    if (table.known.includes(key)) continue;
    const later = table.notYet !== undefined && Object.hasOwn(table.notYet, key) ? table.notYet[key] : undefined;
    if (later !== undefined) {
      reader.complain(
        key,
        { code: table.notYetCode ?? table.unknownCode, message: `the key ${key} is not supported yet`, hint: later },
        "key",
      );
      continue;
    }
    const synonyms = table.synonyms ?? {};
    const near = (Object.hasOwn(synonyms, key) ? synonyms[key] : undefined) ?? nearestName(key, table.known);
    reader.complain(
      key,
      {
        code: table.unknownCode,
        message: `there is no key ${key} here`,
        expected: table.known.join(", "),
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      },
      "key",
    );
  }
}
