import type { JsonValue } from "../../plan/json.ts";
import type { DocumentFault, OpenApiDocument } from "./document.ts";
import type { DocumentPath } from "./read-text.ts";

const MAX_DEPTH = 200;
/** What stands below these is data, not document. */
const DATA = new Set(["example", "examples", "default", "enum", "const"]);

interface Visit {
  readonly value: JsonValue;
  readonly path: DocumentPath;
}

/** Every `$ref` that leads out of the document or to nothing in it, and nesting beyond all sense. */
export function checkReferences(document: OpenApiDocument): readonly DocumentFault[] {
  const faults: DocumentFault[] = [];
  // YAML's aliases make one value appear in several places; once is enough.
  const seen = new Set<object>();
  const stack: Visit[] = [{ value: document.root, path: [] }];
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { value, path } = visit;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (path.length > MAX_DEPTH) {
      faults.push({ code: "openapi/too-deep", message: `it is nested more than ${MAX_DEPTH} deep`, path });
      return faults;
    }
    // A property may be called `$ref` or `default`: what is below `properties` is a map of names.
    const isNames = path.at(-1) === "properties";
    for (const [key, inner] of Object.entries(value)) {
      if (DATA.has(key) && !isNames) continue;
      if (key === "$ref" && typeof inner === "string") {
        const fault = checkReference(inner, document);
        if (fault !== undefined) faults.push({ ...fault, path: [...path, key] });
      }
      stack.push({ value: inner, path: [...path, Array.isArray(value) ? Number(key) : key] });
    }
  }
  return faults.toReversed();
}

function checkReference(ref: string, document: OpenApiDocument): Omit<DocumentFault, "path"> | undefined {
  if (!ref.startsWith("#"))
    return { code: "openapi/external-ref", message: `${ref} leads out of the document, and is not fetched` };
  if (ref !== "#" && !ref.startsWith("#/"))
    return { code: "openapi/broken-ref", message: `${ref} is an anchor; only references by path are followed` };
  if (document.at(ref) === undefined) return { code: "openapi/broken-ref", message: `there is nothing at ${ref}` };
  return undefined;
}
