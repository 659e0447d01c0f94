import type { GlobalOptions, Output } from "./output.ts";

/** One option of a command, in commander's notation. */
export interface OptionSpec {
  readonly flags: string;
  readonly summary: string;
  /** Name among the options of a call, where the flag's own would clash: `--no-input` would switch `--input` off. */
  readonly name?: string;
  /** The command cannot do without it. */
  readonly required?: boolean;
  /** May be given several times. */
  readonly repeated?: boolean;
}

/** What a command is called with. */
export interface CommandCall {
  readonly args: readonly string[];
  readonly options: { readonly [name: string]: unknown } & GlobalOptions;
  readonly out: Output;
}

/** Runs a command; gives its exit code. Throws `DiagnosticError` for bad input. */
export type CommandRunner = (call: CommandCall) => Promise<number>;

/** One line of the command table. */
export interface CommandSpec {
  /** Words and arguments, such as `workflow show <file>`. */
  readonly usage: string;
  readonly summary: string;
  readonly options?: readonly OptionSpec[];
  readonly aliases?: readonly string[];
  /** What stands after `aiworkflow` in a typical call. */
  readonly example?: string;
  load(): Promise<{ readonly run: CommandRunner }>;
}
