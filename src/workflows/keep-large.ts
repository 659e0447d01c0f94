import type { Evaluated } from "../plan/activity.ts";
import { isArtifactRef, type Stored } from "../plan/artifact.ts";
import { MAX_HELD_BYTES } from "../plan/limits.ts";
import { jsonBytes } from "../plan/text-size.ts";
import { callActivity } from "./call-activity.ts";
import type { Invocation } from "./invocation.ts";

/** A value that came from outside: as it is, or where it is large put into the artifact store. */
export function keepLarge(invocation: Invocation, value: Stored, purpose: string): Stored | Promise<Stored> {
  if (isArtifactRef(value) || jsonBytes(value) <= MAX_HELD_BYTES) return value;
  const template = { $literal: value };
  return callActivity<Evaluated>(
    invocation,
    "evaluate",
    { template, whole: true },
    { suffix: purpose, summary: `${invocation.title}: ${purpose}`, effect: "read" },
  ).then((evaluated) => evaluated.value as Stored);
}
