import { styleText } from "node:util";
import { diagnosticJson } from "../diagnostics/diagnostic-json.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { renderDiagnostic } from "../diagnostics/render-diagnostic.ts";
import { harmless, harmlessDiagnostic } from "./harmless.ts";

/** Options that every command has. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
  /** False with `--no-input`. */
  readonly ask?: boolean;
  readonly address?: string;
  readonly namespace?: string;
}

/** A colour of a line. */
export type Color = "green" | "red" | "dim";

/** Where a command prints: data to stdout, everything else to stderr. */
export interface Output {
  readonly json: boolean;
  readonly verbose: boolean;
  /** May people be asked? */
  readonly interactive: boolean;
  /** Is stderr a terminal that can be drawn on? */
  readonly terminal: boolean;
  /** Prints the one JSON object of a command. */
  data(value: object): void;
  /** Prints text for people on stdout; nothing with `--json`. */
  text(text: string): void;
  /** One line on stderr, coloured where stderr can be drawn on. */
  note(text: string, color?: Color): void;
  debug(text: string): void;
  diagnostics(list: readonly Diagnostic[], source?: string): void;
}

/** Raised by one when a shape changes in a way that scripts would notice. */
const JSON_VERSION = 1;

/** The output of a command. */
export function createOutput(options: GlobalOptions): Output {
  const json = options.json ?? false;
  const verbose = options.verbose ?? false;
  // Asked when needed: to look at a standard stream is to open it, which a short command would notice.
  const drawable = () => (process.stderr.isTTY ?? false) && !json && process.env["NO_COLOR"] === undefined;
  const shown = (text: string, { isTTY }: { readonly isTTY?: boolean }) => (isTTY ? harmless(text) : text);
  const print = (text: string) => void process.stderr.write(`${text}\n`);
  const note = (text: string, color?: Color) => {
    const line = shown(text, process.stderr);
    print(color !== undefined && drawable() ? styleText(color, line, { validateStream: false }) : line);
  };
  return {
    json,
    verbose,
    get terminal() {
      return drawable();
    },
    get interactive() {
      return (options.ask ?? true) && !json && (process.stdin.isTTY ?? false) && (process.stderr.isTTY ?? false);
    },
    data: (value) =>
      void (json && process.stdout.write(`${JSON.stringify({ version: JSON_VERSION, ...value }, undefined, 2)}\n`)),
    text: (text) =>
      void (json || process.stdout.write(shown(text.endsWith("\n") ? text : `${text}\n`, process.stdout))),
    note,
    debug: (text) => void (verbose && note(text)),
    diagnostics: (list, source) =>
      list.forEach((diagnostic) => {
        const safe = process.stderr.isTTY ? harmlessDiagnostic(diagnostic) : diagnostic;
        const lines = source?.split(/\r\n|\r|\n/).map((line) => shown(line, process.stderr));
        print(renderDiagnostic(safe, lines?.join("\n"), { color: drawable() }));
      }),
  };
}

/** The JSON of a command that was given bad input. */
export function errorJson(diagnostics: readonly Diagnostic[]): object {
  const first = diagnostics.find(({ severity }) => severity === "error");
  return {
    error: first === undefined ? null : { code: first.code, message: first.message },
    diagnostics: diagnostics.map(diagnosticJson),
  };
}
