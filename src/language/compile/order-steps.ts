import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { ErrorRule } from "../../plan/step.ts";
import { isJsonObject, type JsonValue } from "../../plan/json.ts";
import { nearestName } from "../yaml/nearest-name.ts";
import { checkKeys, type Reader } from "../reader.ts";
import type { StepHead } from "./read-steps.ts";

/** What a step waits for, and how it stands to failures of others. */
export interface StepOrder {
  /** Place among its level. */
  readonly index: number;
  readonly needs: readonly string[];
  /** It waits for all earlier steps of its level. */
  readonly isDefault: boolean;
  readonly onError: readonly ErrorRule[];
  readonly handles: readonly string[];
}

/** Works out the order of every level; faults in `needs` and `on-error` are complained about. */
export function orderSteps(heads: readonly StepHead[]): ReadonlyMap<StepHead, StepOrder> {
  const orders = new Map<StepHead, StepOrder>();
  orderLevel(heads, true, orders);
  return orders;
}

function orderLevel(level: readonly StepHead[], inSequence: boolean, orders: Map<StepHead, StepOrder>): void {
  const byId = new Map(level.map((head, index) => [head.id, index]));
  const rules = level.map((head, index) => readRules(head.reader, { level, byId, index }));
  const handles = new Map<string, string[]>();
  for (const [index, own] of rules.entries())
    for (const { step } of own) handles.set(step, [...(handles.get(step) ?? []), (level[index] as StepHead).id]);
  // A handler runs as part of the steps it handles: who waits for it waits for those. Each stands after what it handles.
  const parts = new Map<string, readonly string[]>();
  for (const { id } of level)
    parts.set(id, handles.has(id) ? [...new Set(handles.get(id)?.flatMap((one) => parts.get(one) ?? []))] : [id]);
  // Nobody waits for these yet; who waits for all of them waits for every earlier step.
  let sinks: readonly string[] = [];
  for (const [index, head] of level.entries()) {
    const handled = handles.get(head.id) ?? [];
    const given = handled.length > 0 || head.isLast ? [] : readNeeds(head.reader, { level, byId, index });
    if ((handled.length > 0 || head.isLast) && head.reader.has("needs"))
      head.reader.complain("needs", {
        code: "step/bad-value",
        message: head.isLast
          ? "“Finally” runs whatever has become of the other steps"
          : `${head.id} handles the failure of ${handled.join(", ")} and runs when that happens`,
        hint: "leave `needs` out",
      });
    const named = given?.flatMap((id) => parts.get(id) ?? []);
    const needs = named === undefined ? (inSequence ? sinks : []) : [...new Set(named)];
    orders.set(head, {
      index,
      needs,
      isDefault: given === undefined && inSequence,
      onError: rules[index] as readonly ErrorRule[],
      handles: handled,
    });
    if (handled.length === 0) sinks = [...sinks.filter((id) => !needs.includes(id)), head.id];
    const group = head.reader.raw("group");
    orderLevel(head.children, isJsonObject(group) && group["sequence"] === true, orders);
  }
}

interface Level {
  readonly level: readonly StepHead[];
  readonly byId: ReadonlyMap<string, number>;
  readonly index: number;
}

function readNeeds(reader: Reader, level: Level): readonly string[] | undefined {
  const needs = typeof reader.raw("needs") === "string" ? [reader.raw("needs") as string] : reader.names("needs");
  if (needs === undefined) return undefined;
  return [...new Set(needs)].filter((id) => {
    const fault = whyNot(id, level, "before");
    if (fault !== undefined) reader.complain("needs", fault);
    return fault === undefined;
  });
}

function readRules(reader: Reader, level: Level): readonly ErrorRule[] {
  const value = reader.raw("on-error");
  if (value === undefined) return [];
  const list: readonly JsonValue[] = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  return list.flatMap((entry) => {
    const rule = typeof entry === "string" ? { step: entry } : readRule(reader, entry);
    if (rule === undefined) return [];
    const fault = whyNot(rule.step, level, "after") ?? whyNoHandler(rule.step, level);
    if (fault === undefined) return [rule];
    reader.complain("on-error", fault);
    return [];
  });
}

function readRule(reader: Reader, entry: JsonValue): ErrorRule | undefined {
  const bad = (message: string) => {
    reader.complain("on-error", {
      code: "step/bad-value",
      message,
      expected: "on-error: STEP, or {step: STEP, match: {code: [agent/timeout]}}, or a list of these",
    });
    return undefined;
  };
  if (!isJsonObject(entry) || typeof entry["step"] !== "string")
    return bad("`on-error` names the step that takes over");
  for (const key of Object.keys(entry))
    if (key !== "step" && key !== "match") return bad(`there is no key ${key} here`);
  const match = entry["match"];
  if (match === undefined) return { step: entry["step"] };
  const code = isJsonObject(match) && Object.keys(match).join() === "code" ? match["code"] : undefined;
  const codes = (Array.isArray(code) ? code : [code]) as readonly unknown[];
  if (!codes.every((one) => typeof one === "string" && /^[a-z-]+\/(\*|[a-z0-9-]+)$/.test(one)))
    return bad("`match` holds codes of failures, such as {code: agent/timeout} or {code: [step/timeout, agent/*]}");
  return { step: entry["step"], codes: codes as readonly string[] };
}

function whyNot(
  id: string,
  { level, byId, index }: Level,
  where: "before" | "after",
): Omit<Complaint, "file" | "span"> | undefined {
  const at = byId.get(id);
  if (at === undefined) {
    const others = [...byId.keys()].filter((_, other) => other !== index);
    const near = nearestName(id, others);
    return {
      code: "step/unknown-step",
      message: `there is no step ${id} beside this one`,
      expected: others.slice(0, 12).join(", "),
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    };
  }
  if (where === "before" ? at < index : at > index) return undefined;
  const own = (level[index] as StepHead).id;
  return {
    code: "step/wrong-order",
    message: at === index ? `${own} names itself` : `${id} stands ${where === "before" ? "after" : "before"} ${own}`,
    hint:
      where === "before" ? "a step needs earlier ones: move it down" : "a handler stands after the step that may fail",
  };
}

function whyNoHandler(id: string, { level, byId }: Level): Omit<Complaint, "file" | "span"> | undefined {
  if (level[byId.get(id) as number]?.isLast !== true) return undefined;
  return {
    code: "step/wrong-order",
    message: "“Finally” runs at the end, whatever has become of the other steps: it takes nothing over",
    hint: "leave `on-error` out, or name a step before it",
  };
}

/** Reads `repeat:`; the expression in it is compiled by the caller. */
export function readRepeat(
  reader: Reader,
): { readonly reader: Reader; readonly max: number; readonly everyMs: number | undefined } | undefined {
  const repeat = reader.map("repeat");
  if (repeat === undefined) return undefined;
  checkKeys(repeat, {
    known: ["until", "max", "every"],
    unknownCode: "step/unknown-key",
    synonyms: { while: "until" },
  });
  const max = repeat.count("max");
  if (!repeat.has("max"))
    reader.complain("repeat", {
      code: "step/bad-value",
      message: "`repeat` needs `max`, the most rounds",
      expected: "repeat: {until: output.done, max: 10}",
    });
  return { reader: repeat, max: max ?? 1, everyMs: repeat.durationMs("every") };
}
