import { isArtifactRef, type Stored } from "../plan/artifact.ts";
import { fail } from "./failure-info.ts";

/** The value of an expression that is true or false. Throws `ApplicationFailure` `expression/not-boolean`. */
export function isTrue(value: Stored | readonly Stored[], key: string): boolean {
  if (typeof value === "boolean") return value;
  const type = value === null ? "null" : isArtifactRef(value) ? "a large value" : typeof value;
  throw fail("expression/not-boolean", `${key} needs true or false, but the expression gave ${type}`);
}
