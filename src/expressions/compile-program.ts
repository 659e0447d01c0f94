import type { ParseResult } from "@marcbachmann/cel-js";
import { describeError } from "./describe-error.ts";
import { environment } from "./environment.ts";
import { ExpressionError } from "./expression-error.ts";
import { guardProgram } from "./guard-program.ts";
import { listReferences, type Reference } from "./references.ts";

/** A parsed expression and what it refers to. */
export interface Program {
  readonly cel: string;
  readonly run: ParseResult;
  readonly references: readonly Reference[];
  /** The expression is a path and nothing else, such as `steps.a.output`. */
  readonly isPath: boolean;
}

/** A worker lives long and sees many texts. */
const MAX_PROGRAMS = 5000;

const programs = new Map<string, Program>();

/** Parses once per text. Throws `ExpressionError` `expression/syntax` and those of `guardProgram`. */
export function compileProgram(cel: string): Program {
  const known = programs.get(cel);
  if (known !== undefined) return known;
  let run: ParseResult;
  try {
    run = environment.parse(cel);
  } catch (error) {
    throw new ExpressionError("expression/syntax", `${describeError(error)} in \`${cel}\``);
  }
  const refusal = guardProgram(run);
  if (refusal !== undefined) throw new ExpressionError(refusal.code, `${refusal.message} in \`${cel}\``);
  const references = listReferences(run.ast);
  const [first] = references;
  const isPath = references.length === 1 && first?.start === run.ast.start && first.end === run.ast.end;
  const program = { cel, run, references, isPath };
  if (programs.size >= MAX_PROGRAMS) programs.clear();
  programs.set(cel, program);
  return program;
}
