import type { JsonValue } from "./json.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { MAX_STEPS } from "./limits.ts";

const MAX_DEPTH = 20;
const MAPS = ["inputs", "outputs", "env", "agents", "tools"] as const;
const NUMBERS = ["timeoutMs", "heartbeatMs"] as const;
const RETRY_NUMBERS = ["maxAttempts", "initialIntervalMs", "maxIntervalMs", "backoff"] as const;

/**
 * What is wrong with a plan, or undefined. Looks at all that the interpreter relies on before it knows a step's kind: anybody
 * may write a plan by hand, and a plan that cannot be run must end its run.
 */
export function findPlanFault(plan: JsonObject): string | undefined {
  if (typeof plan["name"] !== "string" || plan["name"] === "") return "it has no name";
  if (typeof plan["file"] !== "string" || typeof plan["digest"] !== "string") return "it has no file or no digest";
  const noMap = MAPS.find((key) => !isJsonObject(plan[key]));
  if (noMap !== undefined) return `\`${noMap}\` is no map`;
  const ids = new Set<string>();
  const { finally: end } = plan;
  // It waits for no step.
  const last = end === undefined ? [] : [isJsonObject(end) ? { ...end, needs: [] } : end];
  const fault = findFaultOfLevel(plan["steps"], { ids, depth: 0 }) ?? findFaultOfLevel(last, { ids, depth: 0 });
  return fault ?? (ids.size > MAX_STEPS ? `it has more than ${MAX_STEPS} steps` : undefined);
}

function findFaultOfLevel(
  steps: JsonValue | undefined,
  { ids, depth }: { readonly ids: Set<string>; readonly depth: number },
): string | undefined {
  if (!Array.isArray(steps)) return "`steps` is no list";
  if (depth > MAX_DEPTH) return `groups are nested more than ${MAX_DEPTH} deep`;
  const handlers = new Set(steps.filter((step) => isJsonObject(step) && step["handles"] !== undefined));
  const before = new Set<JsonValue | undefined>();
  for (const step of steps as readonly JsonValue[]) {
    if (!isJsonObject(step)) return "a step is no map";
    const { id } = step;
    if (typeof id !== "string" || !/^[A-Za-z_]\w*$/.test(id)) return `${JSON.stringify(id)} is no id of a step`;
    if (ids.has(id)) return `there are two steps ${id}`;
    ids.add(id);
    const fault = findFaultOfStep(step);
    if (fault !== undefined) return `step ${id}: ${fault}`;
    const needs = step["needs"] as readonly JsonValue[];
    const unknown = needs.find((need) => !before.has(need));
    if (unknown !== undefined && !handlers.has(step))
      return `step ${id} needs ${JSON.stringify(unknown)}, which is no step before it`;
    // Nobody waits for a handler: it runs as part of the step whose failure it handles.
    if (!handlers.has(step)) before.add(id);
    const inner = step["kind"] === "group" ? findFaultOfLevel(step["steps"], { ids, depth: depth + 1 }) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function findFaultOfStep(step: JsonObject): string | undefined {
  const { path, title, kind, source, needs, retry, env, undo } = step;
  if (typeof path !== "string" || typeof title !== "string" || typeof kind !== "string")
    return "`path`, `title` and `kind` are text";
  if (!isJsonObject(source) || typeof source["file"] !== "string" || typeof source["line"] !== "number")
    return "`source` is {file, line, column}";
  if (!Array.isArray(needs)) return "`needs` is a list";
  if (!isJsonObject(env)) return "`env` is a map";
  const missing = NUMBERS.find((key) => typeof step[key] !== "number");
  if (missing !== undefined) return `\`${missing}\` is a number`;
  if (!isJsonObject(retry) || RETRY_NUMBERS.some((key) => typeof retry[key] !== "number"))
    return `\`retry\` is {${RETRY_NUMBERS.join(", ")}}`;
  if (undo === undefined) return undefined;
  if (!isJsonObject(undo)) return "`undo` is a step";
  const fault = findFaultOfStep(undo);
  return fault === undefined ? undefined : `undo: ${fault}`;
}
