import type { CommandSpec, OptionSpec } from "./command.ts";

const since: OptionSpec = { flags: "--since <duration>", summary: "at most so long ago" };
const run: OptionSpec = { flags: "--run <run>", summary: "of this run and its child runs" };
const filters: readonly OptionSpec[] = [
  { flags: "--workflow <name>", summary: "of this workflow" },
  { flags: "--agent <name>", summary: "of this agent" },
  { flags: "--model <name>", summary: "of models with this in their name" },
];
const estimateOptions: readonly OptionSpec[] = [
  { flags: "-a, --agent <name>", summary: "use this agent where a step names none" },
  { flags: "--items <n>", summary: "so many items in every for-each whose list is not known before" },
];

/** Commands about money. */
export const costCommands: readonly CommandSpec[] = [
  {
    usage: "costs prices [model]",
    summary: "the price book, or the price that counts for a model",
    example: "costs prices gpt-4o-2024",
    load: () => import("./commands/costs-prices.ts"),
  },
  {
    usage: "costs estimate <file>",
    summary: "what a workflow will cost, from least to most, by step",
    options: estimateOptions,
    example: "costs estimate triage.md --items 20",
    load: () => import("./commands/costs-estimate.ts"),
  },
  {
    usage: "costs compare <file>",
    summary: "what a workflow would cost with other models",
    options: [{ flags: "--models <names>", summary: "names with commas between", required: true }, ...estimateOptions],
    example: "costs compare triage.md --models claude-haiku-4-5,gpt-5-mini",
    load: () => import("./commands/costs-compare.ts"),
  },
  {
    usage: "costs summary",
    summary: "what was spent",
    options: [
      { flags: "--by <what>", summary: "workflow, agent, model, day, run or step; default: workflow" },
      since,
      run,
      ...filters,
    ],
    example: "costs summary --by model --since 7d",
    load: () => import("./commands/costs-summary.ts"),
  },
  {
    usage: "costs list",
    summary: "every call of a model, or of a tool that has a price, the newest first",
    options: [run, since, ...filters, { flags: "--limit <n>", summary: "at most so many; default: 1000" }],
    example: "costs list --run monday",
    load: () => import("./commands/costs-list.ts"),
  },
  {
    usage: "costs budget",
    summary: "what is spent and left of limits, and of the budgets of runs",
    options: [run, since],
    example: "costs budget --json",
    load: () => import("./commands/costs-budget.ts"),
  },
  {
    usage: "costs limits list",
    summary: "the limits of this project and store",
    load: () => import("./commands/costs-limits-list.ts"),
  },
  {
    usage: "costs limits add <name>",
    summary: "limit what may be spent, from the next call on",
    options: [
      { flags: "--usd <amount>", summary: "US dollars" },
      { flags: "--tokens <n>", summary: "tokens" },
      { flags: "--period <period>", summary: "run, day, week or month", required: true },
      ...filters,
      { flags: "--on-limit <what>", summary: "alert, switch, ask, queue or stop; default: stop" },
      { flags: "--switch-to <agent>", summary: "the agent that goes on, with --on-limit switch" },
      { flags: "--alert-at <shares>", summary: "tell at these shares; default: 0.5,0.8,0.95" },
    ],
    example: "costs limits add daily --usd 10 --period day",
    load: () => import("./commands/costs-limits-add.ts"),
  },
  {
    usage: "costs limits remove <name>",
    summary: "remove a limit that was added",
    load: () => import("./commands/costs-limits-remove.ts"),
  },
  {
    usage: "costs prune",
    summary: "forget calls of before a day",
    options: [
      { flags: "--before <date>", summary: "such as 2026-01-01", required: true },
      { flags: "--dry-run", summary: "only say how many" },
    ],
    example: "costs prune --before 2026-01-01",
    load: () => import("./commands/costs-prune.ts"),
  },
];
