import { createHash } from "node:crypto";

const ALLOWED = /^[A-Za-z0-9_-]{1,64}$/;

/** The id of a tool call as an API takes it; one that was given by a less strict provider becomes a hash. */
export function wireId(id: string, allowed = ALLOWED): string {
  return allowed.test(id) ? id : `call_${createHash("sha256").update(id).digest("hex").slice(0, 24)}`;
}
