import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import type { DocumentPath } from "./read-text.ts";

/** What is wrong with a document, and where. */
export interface DocumentFault {
  readonly code: string;
  readonly message: string;
  readonly path: DocumentPath;
  readonly hint?: string;
}

/** A document whose references can be followed. */
export interface OpenApiDocument {
  readonly root: JsonObject;
  /** Minor version: 0 or 1. */
  readonly minor: number;
  /** The value at a local reference; undefined where there is none. */
  at(ref: string): JsonValue | undefined;
  /** The value itself, or what it refers to. Throws `Unusable` where that is nothing. */
  follow(value: JsonValue | undefined): JsonValue | undefined;
}

/** Thrown where a part of the document cannot be used; the operation that has it is left out. */
export class Unusable extends Error {
  override readonly name = "Unusable";
  /** Where in the document, if not in the operation itself. */
  readonly path: DocumentPath | undefined;
  /** The same for many operations: told once, with this code. */
  readonly code: string | undefined;
  constructor(message: string, path?: DocumentPath, code?: string) {
    super(message);
    this.path = path;
    this.code = code;
  }
}

const MAX_STEPS = 100;

/** Follows references within the document only. */
export function openDocument(root: JsonObject, minor: number): OpenApiDocument {
  const at = (ref: string) => {
    let value: JsonValue | undefined = root;
    for (const name of pathOf(ref)) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
      value = (value as { readonly [key: string]: JsonValue })[name];
    }
    return value;
  };
  return {
    root,
    minor,
    at,
    follow(start) {
      let value = start;
      for (let steps = 0; steps < MAX_STEPS; steps += 1) {
        const ref = isJsonObject(value) ? value["$ref"] : undefined;
        if (typeof ref !== "string") return value;
        value = at(ref);
        if (value === undefined) throw new Unusable(`there is nothing at ${ref}`);
      }
      throw new Unusable("its reference leads back to itself");
    },
  };
}

/** The keys that a reference goes through. */
export function pathOf(ref: string): readonly string[] {
  return ref.split("/").slice(1).map(decodePart);
}

function decodePart(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // A percent sign that encodes nothing stands for itself.
  }
  return text.replaceAll("~1", "/").replaceAll("~0", "~");
}
