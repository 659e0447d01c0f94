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
