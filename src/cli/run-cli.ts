import { Command, CommanderError, Option } from "commander";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import type { CommandCall, CommandSpec, OptionSpec } from "./command.ts";
import { commandTable, globalOptions } from "./command-table.ts";
import { EXIT, exitOfDiagnostics } from "./exit-codes.ts";
import { explainError } from "./explain-error.ts";
import { createOutput, errorJson, type GlobalOptions } from "./output.ts";
import { VERSION } from "./version.ts";

/** Runs one command line; gives the exit code. Never throws. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exit: number = EXIT.ok;
  const ordered = commandFirst(args);
  const program = createProgram(specsFor(ordered[0]), async (spec, call) => {
    const { run } = await spec.load();
    exit = await run(call);
  });
  try {
    await program.parseAsync(ordered, { from: "user" });
    return exit;
  } catch (error) {
    return failWith(error, args);
  }
}

/** The commands that begin with this word; all where there is none, for help and for suggestions. */
function specsFor(word: string | undefined): readonly CommandSpec[] {
  const found = commandTable.filter(
    ({ usage, aliases = [] }) => word !== undefined && (usage.split(" ")[0] === word || aliases.includes(word)),
  );
  return found.length === 0 ? commandTable : found;
}

function createProgram(
  specs: readonly CommandSpec[],
  act: (spec: CommandSpec, call: CommandCall) => Promise<void>,
): Command {
  const program = new Command("aiworkflow")
    .description("Turn a Markdown file into a durable AI workflow on Temporal.")
    .version(VERSION);
  const strict = (command: Command) => command.exitOverride().configureOutput({ outputError: () => undefined });
  strict(program);
  for (const spec of specs) {
    for (const usage of [
      spec.usage,
      ...(spec.aliases ?? []).map((alias) => `${alias} ${spec.usage.split(" ").slice(2).join(" ")}`.trim()),
    ]) {
      const words = usage.split(" ");
      const name = words.findIndex((word) => /^[<[]/.test(word));
      const path = name < 0 ? words : words.slice(0, name);
      const parent = path
        .slice(0, -1)
        .reduce((at, word) => at.commands.find((known) => known.name() === word) ?? strict(at.command(word)), program);
      const command = strict(
        parent.command([path.at(-1), ...(name < 0 ? [] : words.slice(name))].join(" ")),
      ).description(spec.summary);
      for (const option of [...(spec.options ?? []), ...globalOptions]) addOption(command, option);
      command.action(async (...given: unknown[]) => {
        const options = command.opts() as CommandCall["options"];
        const operands = given
          .slice(0, -2)
          .flat()
          .filter((value): value is string => typeof value === "string");
        const call = { args: operands, options, out: createOutput(options) };
        refuseEmpty(spec, call);
        await act(spec, call);
      });
    }
  }
  return program;
}

function addOption(command: Command, { flags, summary, name, repeated, required }: OptionSpec): void {
  const option = new Option(flags, summary);
  if (name !== undefined) option.attributeName = () => name;
  if (repeated) option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  if (required) option.makeOptionMandatory();
  command.addOption(option);
}

/** Options of every command may stand before it, too. */
function commandFirst(args: readonly string[]): readonly string[] {
  const flags = globalOptions.map(({ flags: text }) => ({
    words: text.split(/[ ,]+/),
    takesValue: text.includes("<"),
  }));
  let at = 0;
  while (at < args.length) {
    const [word = "", ...values] = (args[at] ?? "").split("=");
    const flag = flags.find(({ words }) => words.includes(word));
    if (flag === undefined) break;
    at += flag.takesValue && values.length === 0 ? 2 : 1;
  }
  if (at >= args.length) return args;
  const rest = args.slice(at);
  // What follows `--` are operands.
  const end = rest.includes("--") ? rest.indexOf("--") : rest.length;
  return [...rest.slice(0, end), ...args.slice(0, at), ...rest.slice(end)];
}

/** What names a thing is never empty: a variable of a script was not set. */
function refuseEmpty({ usage }: CommandSpec, { args, options }: CommandCall): void {
  const names = usage.split(" ").filter((word) => /^[<[]/.test(word));
  const at = args.indexOf("");
  const what = at >= 0 ? names[Math.min(at, names.length - 1)] : options["id"] === "" ? "--id" : undefined;
  if (what !== undefined)
    throw new DiagnosticError([createDiagnostic({ code: "cli/usage", message: `${what} is given, but empty` })]);
}

function failWith(error: unknown, args: readonly string[]): number {
  const options: GlobalOptions = {
    json: args.includes("--json"),
    verbose: args.includes("-v") || args.includes("--verbose"),
  };
  const out = createOutput(options);
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const diagnostics =
    error instanceof CommanderError
      ? [createDiagnostic({ code: "cli/usage", message: complaintOf(error) })]
      : explainError(error);
  out.data(errorJson(diagnostics));
  out.diagnostics(diagnostics);
  if (options.verbose && error instanceof Error && !(error instanceof DiagnosticError)) out.note(error.stack ?? "");
  return exitOfDiagnostics(diagnostics) || EXIT.badInput;
}

/** Help that is printed for want of a command has no words of its own. */
function complaintOf({ code, message }: CommanderError): string {
  return code === "commander.help" ? "no command is given" : message.replace(/^error: /, "");
}
