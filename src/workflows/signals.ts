import { checkValues } from "../plan/check-value.ts";
import { isJsonObject, type JsonValue } from "../plan/json.ts";
import type { WaitForStep } from "../plan/step.ts";
import { MAX_MESSAGE_BYTES } from "../plan/limits.ts";
import { jsonBytes } from "../plan/text-size.ts";
import { fillValues } from "./fill-values.ts";
import { note } from "./notices.ts";
import { offerSignals } from "./part-link.ts";
import type { RunState } from "./run-state.ts";

/** A signal that is no vote: given to the step that waits for it, or kept until one does. */
export function receiveOther(run: RunState, name: string, payload: unknown): void {
  const waits = run.signalWaits.get(name) ?? [];
  if (waits.some((take) => take(payload))) return;
  if (waits.length > 0) return;
  run.signals.push({ name, payload });
  offerSignals(run);
}

/**
 * Gives the step the first signal of its name whose argument fits, one that has come already before one that comes; gives
 * back how to stop that. An argument that does not fit is noted and passed over.
 */
export function takeSignal(
  run: RunState,
  { signal, fields, title }: WaitForStep,
  settle: (payload: JsonValue) => void,
): () => void {
  const take = (payload: unknown): boolean => {
    const value = (payload ?? null) as JsonValue;
    const bytes = jsonBytes(value);
    if (bytes > MAX_MESSAGE_BYTES) {
      note(run, `a signal ${signal} of ${bytes} bytes did not count for ${title}: at most ${MAX_MESSAGE_BYTES} can be`);
      return false;
    }
    const checked = fields === undefined ? undefined : isJsonObject(value) ? checkValues(fields, value) : NOT_AN_OBJECT;
    if (checked !== undefined && checked.problems.length > 0) {
      const why = checked.problems.map(({ message }) => message).join("; ");
      note(run, `a signal ${signal} does not fit ${title}: ${why}`);
      return false;
    }
    settle(checked === undefined ? value : fillValues(fields ?? {}, checked.values));
    return true;
  };
  const early = run.signals.filter(({ name }) => name === signal);
  for (const one of early) {
    run.signals.splice(run.signals.indexOf(one), 1);
    if (take(one.payload)) return () => undefined;
  }
  const takers = run.signalWaits.get(signal) ?? [];
  run.signalWaits.set(signal, [...takers, take]);
  run.uplink?.changed();
  return () => {
    run.uplink?.changed();
    const left = (run.signalWaits.get(signal) ?? []).filter((other) => other !== take);
    if (left.length === 0) run.signalWaits.delete(signal);
    else run.signalWaits.set(signal, left);
  };
}

const NOT_AN_OBJECT = { values: {}, problems: [{ message: "it is no object" }] };
