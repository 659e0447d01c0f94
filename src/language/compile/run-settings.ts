import type { Plan } from "../../plan/plan.ts";
import type { Template } from "../../plan/template.ts";
import type { JsonValue } from "../../plan/json.ts";
import { BUDGET_KEYS, parseBudget } from "../costs/parse-budget.ts";
import { checkKeys, createReader, type Reader } from "../reader.ts";

/** How a run as a whole behaves: what the front matter says beside inputs, outputs and steps. */
export type RunSettings = Pick<
  Plan,
  "onFailure" | "rollbackTo" | "budget" | "concurrency" | "priority" | "fairnessKey" | "manual"
>;

const TRIGGERS_LATER: Readonly<Record<string, string>> = {
  schedule: "schedules are not there yet; start the run with `aiworkflow run`",
  webhook: "webhooks are not there yet; start the run with `aiworkflow run`",
  file: "file triggers are not there yet; start the run with `aiworkflow run`",
  queue: "queues are not there yet; start the run with `aiworkflow run`",
};

/** What settings are read with. */
interface SettingsSite {
  /** Turns the value under these keys into a template that sees the inputs only. */
  compile(keys: readonly string[], value: JsonValue): Template;
  /** Names of the agents that there are. */
  readonly agents: readonly string[];
}

/** Reads them. */
export function readRunSettings(reader: Reader, { compile, agents }: SettingsSite): RunSettings {
  const { onFailure, rollbackTo } = readOnFailure(reader);
  const budget = readBudget(reader, agents);
  const concurrency = readConcurrency(reader, compile);
  const priority = readPriority(reader, "workflow/bad-value");
  const fairness = reader.raw("fairness-key");
  if (fairness !== undefined && typeof fairness !== "string")
    reader.complain("fairness-key", { code: "workflow/bad-value", message: "the fairness key is text" });
  return {
    onFailure,
    ...(rollbackTo === undefined ? {} : { rollbackTo }),
    ...(budget === undefined ? {} : { budget }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(priority === undefined ? {} : { priority }),
    ...(typeof fairness === "string" ? { fairnessKey: compile(["fairness-key"], fairness) } : {}),
    ...(readManual(reader) ? {} : { manual: false }),
  };
}

/** `priority`, 1 to 5, of a run or a step. */
export function readPriority(reader: Reader, code: string): number | undefined {
  const priority = reader.count("priority");
  if (priority === undefined || priority <= 5) return priority;
  reader.complain("priority", { code, message: `there is no priority ${priority}`, expected: "1 (first) to 5 (last)" });
  return undefined;
}

function readOnFailure(reader: Reader): Pick<Plan, "onFailure" | "rollbackTo"> {
  if (typeof reader.raw("on-failure") !== "object")
    return { onFailure: reader.oneOf("on-failure", ["stop", "continue", "rollback"]) ?? "stop" };
  const map = reader.map("on-failure");
  if (map === undefined) return { onFailure: "stop" };
  checkKeys(map, { known: ["rollback-to"], unknownCode: "workflow/unknown-key" });
  const rollbackTo = map.text("rollback-to");
  return rollbackTo === undefined ? { onFailure: "stop" } : { onFailure: "rollback", rollbackTo };
}

function readBudget(reader: Reader, agents: readonly string[]): Plan["budget"] {
  const map = reader.map("budget");
  if (map === undefined) return undefined;
  checkKeys(map, { known: ["time", ...BUDGET_KEYS], unknownCode: "workflow/unknown-key", synonyms: { cost: "usd" } });
  const timeMs = map.durationMs("time");
  const spend = parseBudget(map, { agents, mayQueue: false });
  if (!["time", "usd", "tokens"].some((key) => map.has(key)))
    reader.complain("budget", {
      code: "budget/bad-value",
      message: "the budget names no amount",
      expected: "usd, tokens, time",
    });
  return { ...(timeMs === undefined ? {} : { timeMs }), ...(spend === undefined ? {} : { spend }) };
}

/** `concurrency: GROUP` or `{group, cancel-in-progress}`, as in GitHub Actions. */
function readConcurrency(reader: Reader, compile: SettingsSite["compile"]): Plan["concurrency"] | undefined {
  const value = reader.raw("concurrency");
  if (value === undefined) return undefined;
  if (typeof value === "string") return { group: compile(["concurrency"], value), cancelInProgress: false };
  const map = reader.map("concurrency");
  if (map === undefined) return undefined;
  checkKeys(map, { known: ["group", "cancel-in-progress"], unknownCode: "workflow/unknown-key" });
  const group = map.text("group");
  if (group === undefined) {
    if (!map.has("group"))
      reader.complain("concurrency", { code: "workflow/bad-value", message: "`concurrency` needs a `group`" });
    return undefined;
  }
  return { group: compile(["concurrency", "group"], group), cancelInProgress: map.flag("cancel-in-progress") ?? false };
}

function readManual(reader: Reader): boolean {
  const value = reader.raw("on");
  if (value === undefined || value === "manual") return true;
  if (typeof value === "string" || Array.isArray(value)) {
    const names = Array.isArray(value) ? value : [value];
    const object = Object.fromEntries(names.map((name) => [String(name), {}]));
    checkTriggers(
      createReader(object, {
        file: reader.file,
        yaml: { spanOf: () => reader.spanOf(["on"]) },
        badValue: "workflow/bad-value",
        diagnostics: reader.diagnostics,
      }),
    );
    return names.includes("manual");
  }
  const on = reader.map("on");
  if (on === undefined) return true;
  checkTriggers(on);
  const manual = on.raw("manual");
  if (manual !== undefined && manual !== null && typeof manual !== "boolean")
    on.complain("manual", { code: "workflow/bad-value", message: "`manual` is true or false" });
  return manual !== false;
}

function checkTriggers(on: Reader): void {
  checkKeys(on, {
    known: ["manual"],
    notYet: TRIGGERS_LATER,
    unknownCode: "workflow/unknown-key",
    notYetCode: "workflow/not-yet",
    synonyms: { cron: "schedule", workflow_dispatch: "manual", push: "webhook" },
  });
}
