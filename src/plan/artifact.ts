import type { JsonValue } from "./json.ts";

/**
 * Stands for a JSON value that lies in the content-addressed artifact store.
 * Values of more than {@link MAX_INLINE_BYTES} bytes of JSON travel like this.
 */
export interface ArtifactRef {
  /** SHA-256 of the bytes, lower-case hex. */
  readonly $artifact: string;
  readonly bytes: number;
  /** The first characters of the text, for people. */
  readonly preview: string;
  /**
   * The value is a long list and the artifact only names where it lies: in so many other artifacts, each a list of stored
   * values; the list is all of them, one after the other.
   */
  readonly parts?: number;
}

/** A result as history holds it: the value itself, or where it lies. Inline values never contain the key `$artifact`. */
export type Stored = JsonValue | ArtifactRef;

/** A file that a run needs, by digest; the client puts it in the store before the run starts. */
export interface FileRef {
  /** Path as the workflow's author wrote it, with `/`. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Above this many bytes of JSON a result travels by reference. */
export const MAX_INLINE_BYTES = 4096;

/** The same for what is said between an agent and its tools: no expression reads it, and there is much of it. */
export const MAX_INLINE_CALL_BYTES = 1024;

/** Above this many bytes of JSON a plan travels by reference in the start arguments. */
export const MAX_INLINE_PLAN_BYTES = 48 * 1024;

/** True for a reference into the artifact store. */
export function isArtifactRef(value: unknown): value is ArtifactRef {
  return typeof value === "object" && value !== null && "$artifact" in value;
}
