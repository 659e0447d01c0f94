import { joinParts, keepPart, loadPart } from "../artifacts/keep-value.ts";
import type { JoinPartsCall, KeepPartsCall, LoadPartCall } from "../plan/list-activity.ts";
import { type ArtifactRef, MAX_INLINE_BYTES, type Stored } from "../plan/artifact.ts";
import type { JsonValue } from "../plan/json.ts";
import type { ActivityHandler } from "./activity-context.ts";

/** Keeps lists, each as one part of a long one. */
export const keepListParts: ActivityHandler<KeepPartsCall, { readonly parts: readonly ArtifactRef[] }> = async (
  call,
  { store },
) => {
  const parts: ArtifactRef[] = [];
  for (const list of call.lists) parts.push(await keepPart(store, list));
  return { parts };
};

/** Loads one part of a long list. */
export const loadListPart: ActivityHandler<LoadPartCall, { readonly list: readonly Stored[] }> = async (
  { ref, part },
  { store },
) => ({ list: await loadPart(store, ref, part) });

/** Makes one list of its parts; a small one travels as it is. */
export const joinListParts: ActivityHandler<JoinPartsCall, { readonly value: Stored }> = async (
  { parts, always = false },
  { store },
) => {
  const whole = await joinParts(store, parts);
  if (always || whole.bytes > MAX_INLINE_BYTES) return { value: whole };
  const lists = await Promise.all(parts.map((_, part) => loadPart(store, whole, part)));
  return { value: lists.flat() as JsonValue };
};
