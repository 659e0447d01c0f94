import { RUN_STATUSES } from "../plan/run-states.ts";
import { agentCommands } from "./agent-commands.ts";
import type { CommandSpec, OptionSpec } from "./command.ts";
import { costCommands } from "./cost-commands.ts";
import { agentOption, routeCommands } from "./route-commands.ts";
import { toolCommands } from "./tool-commands.ts";

/** Options that every command has. */
export const globalOptions: readonly OptionSpec[] = [
  { flags: "-v, --verbose", summary: "more on stderr" },
  { flags: "--json", summary: "one JSON object on stdout" },
  { flags: "--no-input", summary: "never ask", name: "ask" },
  { flags: "--address <host:port>", summary: "the Temporal server" },
  { flags: "--namespace <name>", summary: "the Temporal namespace" },
];

const fastOption: OptionSpec = {
  flags: "--fast",
  summary: "enter workflows without Temporal's guard against code that never returns; quicker",
};
const streamOption: OptionSpec = { flags: "--stream", summary: "print what agents say as they say it, on stderr" };
const voteOptions: readonly OptionSpec[] = [
  { flags: "--as <name>", summary: "vote as this person; default: the system user" },
  { flags: "--comment <text>", summary: "a word with the vote" },
];

/** Every command. */
export const commandTable: readonly CommandSpec[] = [
  {
    usage: "init [path]",
    summary: "make a project with a sample workflow that runs without a key",
    options: [{ flags: "-f, --force", summary: "write over existing files" }],
    example: "init my-project",
    load: () => import("./commands/init.ts"),
  },
  {
    usage: "dev",
    summary: "server, Web UI and worker in one; Ctrl-C stops all",
    options: [fastOption],
    load: () => import("./commands/dev.ts"),
  },
  {
    usage: "run <file>",
    summary: "run a workflow and follow it",
    options: [
      { flags: "-i, --input <name=value>", summary: "an input", repeated: true },
      { flags: "--input-file <file>", summary: "inputs as JSON or YAML" },
      { flags: "--id <id>", summary: "the id of the run" },
      agentOption,
      {
        flags: "--detach",
        summary: "start it and return; `dev` or `worker` goes on with it, or a command that follows it",
      },
      { flags: "--no-wait", summary: "return when the run waits for people or timers (exit 5)" },
      { flags: "--timeout <duration>", summary: "end the run when it works longer than this" },
      streamOption,
      { flags: "--dry-run", summary: "print the plan and start nothing" },
    ],
    example: "run triage.md -i limit=5 --id monday",
    load: () => import("./commands/run.ts"),
  },
  {
    usage: "worker",
    summary: "work for a server until stopped",
    options: [fastOption],
    example: "worker --address temporal.example.org:7233",
    load: () => import("./commands/worker.ts"),
  },
  {
    usage: "list",
    summary: "list runs, newest first",
    options: [
      { flags: "--workflow <name>", summary: "of this workflow" },
      { flags: "--status <status>", summary: `in this state: ${RUN_STATUSES.join(", ")}` },
      { flags: "--limit <n>", summary: "at most so many; default: 100" },
    ],
    example: "list --workflow triage --status failed",
    load: () => import("./commands/list.ts"),
  },
  {
    usage: "show <run>",
    summary: "the report of a run, live",
    example: "show monday --json",
    load: () => import("./commands/show.ts"),
  },
  { usage: "log <run>", summary: "what happened in a run, in order", load: () => import("./commands/log.ts") },
  { usage: "approvals list", summary: "what waits for people", load: () => import("./commands/approvals-list.ts") },
  {
    usage: "approve <run> [step]",
    summary: "say yes",
    options: voteOptions,
    example: 'approve monday sign_off --as ann --comment "looks right"',
    load: () => import("./commands/approve.ts"),
  },
  { usage: "reject <run> [step]", summary: "say no", options: voteOptions, load: () => import("./commands/reject.ts") },
  {
    usage: "cancel <run>",
    summary: "stop a run cleanly; says what still runs",
    options: [{ flags: "--timeout <duration>", summary: "wait so long for its end; default: 20s" }],
    example: "cancel monday",
    load: () => import("./commands/cancel.ts"),
  },
  {
    usage: "answer <run> [step]",
    summary: "fill in a form",
    options: [{ flags: "-i, --input <name=value>", summary: "a field", repeated: true }, ...voteOptions],
    example: "answer monday which_one -i choice=blue",
    load: () => import("./commands/answer.ts"),
  },
  {
    usage: "watch <run>",
    summary: "look on until a run ends",
    options: [streamOption],
    example: "watch monday",
    load: () => import("./commands/watch.ts"),
  },
  {
    usage: "pause <run>",
    summary: "begin nothing more in a run until it is resumed",
    load: () => import("./commands/pause.ts"),
  },
  { usage: "resume <run>", summary: "let a paused run go on", load: () => import("./commands/resume.ts") },
  {
    usage: "skip <run> <step>",
    summary: "leave out a step that has not begun, or that waits",
    example: "skip monday sign_off",
    load: () => import("./commands/skip.ts"),
  },
  {
    usage: "terminate <run>",
    summary: "end a run by force; nothing is undone",
    options: [{ flags: "--reason <text>", summary: "a word for the history" }],
    load: () => import("./commands/terminate.ts"),
  },
  {
    usage: "rollback <run>",
    summary: "take back what an ended run has done",
    options: [{ flags: "--to <name>", summary: "only what was done from this savepoint or step on" }],
    example: "rollback monday --to deploy",
    load: () => import("./commands/rollback.ts"),
  },
  {
    usage: "rerun <run>",
    summary: "the same run again from a step on; what ended before it stays",
    options: [
      { flags: "--from <step>", summary: "the step to begin with", required: true },
      { flags: "-y, --yes", summary: "repeat effects of steps beside it without asking" },
      { flags: "--no-wait", summary: "return when the run waits for people or timers (exit 5)" },
    ],
    example: "rerun monday --from draft",
    load: () => import("./commands/rerun.ts"),
  },
  {
    usage: "fork <run>",
    summary: "a new run that takes over what need not be done again",
    options: [
      { flags: "--with <file>", summary: "the edited workflow; default: the run's own plan" },
      { flags: "--from <step>", summary: "run again from this step on, changed or not" },
      { flags: "-i, --input <name=value>", summary: "an input; default: the run's", repeated: true },
      { flags: "--id <id>", summary: "the id of the new run" },
      { flags: "-y, --yes", summary: "repeat effects without asking" },
      { flags: "--dry-run", summary: "say what would be taken over and what would run" },
      { flags: "--no-wait", summary: "return when the run waits for people or timers (exit 5)" },
    ],
    example: "fork monday --with triage.md",
    load: () => import("./commands/fork.ts"),
  },
  {
    usage: "stats",
    summary: "how runs ended and how long they took, by workflow",
    options: [
      { flags: "--workflow <name>", summary: "of this workflow" },
      { flags: "--since <duration>", summary: "started at most so long ago" },
    ],
    example: "stats --since 7d",
    load: () => import("./commands/stats.ts"),
  },
  {
    usage: "cleanup",
    summary: "delete runs that ended long ago",
    options: [
      { flags: "--older-than <duration>", summary: "ended longer ago than this; default: 30d" },
      { flags: "--dry-run", summary: "only say which" },
    ],
    example: "cleanup --older-than 90d --dry-run",
    load: () => import("./commands/cleanup.ts"),
  },
  {
    usage: "replay <run>",
    summary: "check that this build still understands a run's history, or a history in a file",
    load: () => import("./commands/replay.ts"),
  },
  {
    usage: "graph <file>",
    summary: "draw the order of the steps",
    options: [{ flags: "--mermaid", summary: "as a Mermaid flowchart" }],
    example: "graph triage.md --mermaid",
    load: () => import("./commands/graph.ts"),
  },
  {
    usage: "workflow list",
    summary: "the workflows of this project",
    load: () => import("./commands/workflow-list.ts"),
  },
  {
    usage: "workflow validate <files...>",
    summary: "check workflow files",
    aliases: ["validate"],
    example: "validate workflows/*.md",
    load: () => import("./commands/validate.ts"),
  },
  {
    usage: "workflow show <file>",
    summary: "inputs, steps and tools of a workflow",
    load: () => import("./commands/workflow-show.ts"),
  },
  {
    usage: "workflow create <name>",
    summary: "write a new workflow file",
    options: [{ flags: "-o, --output <folder>", summary: "where; default: the project's workflow folder" }],
    example: "workflow create weekly-report",
    load: () => import("./commands/workflow-create.ts"),
  },
  {
    usage: "plan <file> [other]",
    summary: "print the compiled plan",
    options: [agentOption, { flags: "--diff", summary: "compare two files instead" }],
    example: "plan --diff old.md new.md",
    load: () => import("./commands/plan.ts"),
  },
  ...agentCommands,
  ...routeCommands,
  ...toolCommands,
  ...costCommands,
  {
    usage: "explain <code>",
    summary: "what a code means",
    example: "explain step/outcome-unknown",
    load: () => import("./commands/explain.ts"),
  },
  { usage: "doctor", summary: "check this machine and project by trying", load: () => import("./commands/doctor.ts") },
  { usage: "version", summary: "print the version", load: () => import("./commands/version.ts") },
];
