import type { CommandSpec, OptionSpec } from "./command.ts";

/** Options that every command has. */
export const globalOptions: readonly OptionSpec[] = [
  { flags: "-v, --verbose", summary: "more on stderr" },
  { flags: "--json", summary: "one JSON object on stdout" },
  { flags: "--no-input", summary: "never ask", name: "ask" },
  { flags: "--address <host:port>", summary: "the Temporal server" },
  { flags: "--namespace <name>", summary: "the Temporal namespace" },
];

const agentOption: OptionSpec = { flags: "-a, --agent <name>", summary: "use this agent where a step names none" };
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
      { flags: "--detach", summary: "start it and return" },
      { flags: "--no-wait", summary: "return when the run waits for people or timers (exit 5)" },
      { flags: "--timeout <duration>", summary: "end the run when it works longer than this" },
      { flags: "--dry-run", summary: "print the plan and start nothing" },
    ],
    example: "run triage.md -i limit=5 --id monday",
    load: () => import("./commands/run.ts"),
  },
  {
    usage: "worker",
    summary: "work for a server until stopped",
    example: "worker --address temporal.example.org:7233",
    load: () => import("./commands/worker.ts"),
  },
  {
    usage: "list",
    summary: "list runs, newest first",
    options: [
      { flags: "--workflow <name>", summary: "of this workflow" },
      { flags: "--status <status>", summary: "in this state" },
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
    summary: "stop a run cleanly",
    example: "cancel monday",
    load: () => import("./commands/cancel.ts"),
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
    usage: "plan <file>",
    summary: "print the compiled plan",
    options: [agentOption],
    load: () => import("./commands/plan.ts"),
  },
  { usage: "agent list", summary: "the agents of this project", load: () => import("./commands/agent-list.ts") },
  {
    usage: "agent info <name>",
    summary: "one agent and what its kind can do",
    load: () => import("./commands/agent-info.ts"),
  },
  {
    usage: "tools list",
    summary: "the tools of this project and their operations",
    load: () => import("./commands/tools-list.ts"),
  },
  {
    usage: "explain <code>",
    summary: "what a code means",
    example: "explain step/outcome-unknown",
    load: () => import("./commands/explain.ts"),
  },
  { usage: "doctor", summary: "check this machine and project by trying", load: () => import("./commands/doctor.ts") },
  { usage: "version", summary: "print the version", load: () => import("./commands/version.ts") },
];
