import { commandTable, globalOptions } from "./command-table.ts";
import type { CommandSpec, OptionSpec } from "./command.ts";

const EXITS = [
  ["0", "ok"],
  ["1", "the run ended otherwise than it should: failed, cancelled, taken back, of unknown outcome; or it is stuck"],
  ["2", "bad input: a file, an input or the command itself"],
  ["3", "no Temporal server"],
  ["4", "refused, such as a vote of somebody who was not asked, or a budget that is used up"],
  ["5", "the run waits for people or timers (with `--no-wait`)"],
  ["70", "a bug of aiworkflow"],
  ["130", "interrupted by Ctrl-C"],
] as const;

/** `docs/cli.md`, whole, from the command table. */
export function renderReference(): string {
  const lines = [
    "# Command line",
    "",
    "Written by `npm run docs` from the table of commands; edit the table, not this page.",
    "",
    "stdout is data, stderr is everything else. `--json` prints one JSON object with `version: 1` on stdout, for errors too:",
    '`{"version": 1, "error": {"code", "message"}, "diagnostics": [...]}`. Fields may be added, none is renamed or removed',
    "within a version. Without a terminal nothing is drawn, coloured or asked.",
    "",
    "## Options of every command",
    "",
    ...optionTable(globalOptions),
    "",
    "## Exit codes",
    "",
    "| code | meaning |",
    "|---|---|",
    ...EXITS.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    "",
    "## At a terminal",
    "",
    "A command that follows a run draws the steps, and the undos, that are under way. A question that you may answer, as an",
    "approver or where nobody is named, is asked there, once; when it is answered elsewhere it goes from the screen. Whoever else",
    "has to answer is named with the command to do it. What steps say is shown and never obeyed: control characters are pictures.",
    "",
    "**Ctrl-C** cancels the run, and the command waits for its end: undos run, and they count. Pressed again it asks whether to",
    "wait on, to leave the run to itself (a worker goes on with it, as `aiworkflow worker` or the next command), or to terminate",
    "it, which undoes nothing more. Where nobody can be asked the second one leaves the run to itself. `watch` only looks: Ctrl-C ends it alone.",
    "",
    "## Who goes on with a run",
    "",
    "A run lives on the server and goes on while a worker works for it: `dev` and `worker` until they are stopped, and, where",
    "nobody else works for the project, the command that follows it (`run`, `rerun`, `fork`, `rollback`, `cancel`) for as long as",
    "it takes. With `--detach`, or left to itself, a run waits for the next of them. `show`, `log`, `watch`, `approvals`, `approve`,",
    "`reject`, `answer`, `pause`, `resume`, `skip` and `terminate` begin no step, and neither does a command that is refused: with",
    "them a run answers and takes in what it is told, and the next step begins with the next worker.",
    "",
    "All workers of a project do steps of all its runs. A command that has ended, and whose worker still has steps under way, says",
    "which and lets them end before it exits; so do `dev` and `worker` when they are stopped. **Ctrl-C breaks them off then**, and so does",
    "SIGTERM at any time: they are repeated where that is safe, and are `outcome-unknown` where they act at most once.",
    "",
    "## Projects, laptops and clusters",
    "",
    "Whoever works for one task queue does the steps of everybody's runs there, in its own folder, with its own environment, keys",
    "and store. The queue is `task-queue` of `server:` in aiworkflow.yaml, `aiworkflow` where nothing is said, and each namespace",
    "has its own queues. So:",
    "",
    "- Projects that share a server (also one on `localhost:7233`) each get a `task-queue` of their own.",
    "- Production gets a namespace of its own, or a server. Name it in the environment of production (`TEMPORAL_ADDRESS`,",
    "  `TEMPORAL_NAMESPACE`) rather than in aiworkflow.yaml, which every laptop has as well.",
    "- A command that follows or looks at a run starts no worker where one on another machine has asked for steps of the queue in the",
    "  last 75 seconds. `dev` and `worker` always do: start them where steps may run.",
    "- Who starts runs for workers elsewhere shares their store (`AIWORKFLOW_STORE`): large plans and the files of a run lie there.",
    "",
    "## Which server",
    "",
    "`--address`, then `TEMPORAL_*` variables and `temporal.toml`, then `server:` in aiworkflow.yaml, then the project's own",
    "server if it runs, then `localhost:7233`. With none of them the project's own server is started for as long as the",
    "command runs; its data stays in `.aiworkflow/`.",
    "",
    "The namespace is looked for in the same order, by itself: `--namespace`, `TEMPORAL_NAMESPACE`, `temporal.toml`, `server:`, then",
    "`default`. One that the server does not have is an error; the project's own server has only `default` until you create more.",
    "",
    "TLS (client certificate, authority, server name), API key and headers are those of `TEMPORAL_*` variables and of",
    "`temporal.toml`, for client and worker, wherever the address comes from. The project's own server needs none. `temporal.toml`",
    "is read from the place of the `temporal` program (`~/.config/temporalio/` on Linux) or from `TEMPORAL_CONFIG_FILE`, with",
    "the profile `default` or `TEMPORAL_PROFILE`. What cannot be read or used in them is an error.",
    "",
    "## Commands",
    "",
    ...commandTable.flatMap(renderCommand),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function renderCommand({ usage, summary, options = [], aliases = [], example }: CommandSpec): readonly string[] {
  return [
    `### aiworkflow ${plainUsage(usage)}`,
    "",
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.${aliases.length === 0 ? "" : ` Also \`${aliases.join("`, `")}\`.`}`,
    "",
    ...(options.length === 0 ? [] : [...optionTable(options), ""]),
    ...(example === undefined ? [] : ["```sh", `aiworkflow ${example}`, "```", ""]),
  ];
}

/** `run <file>` as `run FILE`. */
function plainUsage(usage: string): string {
  return usage
    .replace(/<([^>]+)>/g, (_, name: string) => name.toUpperCase())
    .replace(/\[\w+\]/g, (text) => text.toUpperCase());
}

function optionTable(options: readonly OptionSpec[]): readonly string[] {
  return [
    "| option | meaning |",
    "|---|---|",
    ...options.map(
      ({ flags, summary, repeated }) =>
        `| \`${flags}\` | ${summary}${repeated ? "; may be given several times" : ""} |`,
    ),
  ];
}
