import type { AgentSpec } from "../../plan/agent-spec.ts";
import { programSettings } from "../../plan/programs.ts";
import { findProgram } from "../../processes/find-program.ts";
import { programOf } from "../../processes/program-of.ts";

/** What an agent's program is called here, and where it is: undefined where it is not installed. */
export function findCodingProgram(
  spec: AgentSpec,
  place: { readonly projectDir: string; readonly path: string | undefined },
): { readonly command: string; readonly found: string | undefined } {
  const { projectDir, path = "" } = place;
  const command = programOf(spec.command ?? programSettings(spec.kind)?.command ?? "", projectDir);
  return { command, found: findProgram({ command, cwd: projectDir, env: { PATH: path } }) };
}

/** Names the program of an agent that is one where it is not there. */
export function missingProgram(
  spec: AgentSpec,
  place: { readonly projectDir: string; readonly path: string | undefined },
): string | undefined {
  if (programSettings(spec.kind) === undefined) return undefined;
  const { command, found } = findCodingProgram(spec, place);
  return found === undefined ? command : undefined;
}
