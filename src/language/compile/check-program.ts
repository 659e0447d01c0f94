import { programSettings } from "../../plan/programs.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";

/** Why an agent of this kind cannot do a step though its capabilities would let it. */
export function faultOfProgram(kind: string, { asksAgents }: { readonly asksAgents: boolean }): string | undefined {
  if (!asksAgents || programSettings(kind) === undefined) return undefined;
  return "is a program and cannot ask other agents";
}

/** Programs ask nobody. */
export function checkProgram({ reader, agents, complain }: StepDraft, name: string): void {
  const fault = faultOfProgram(agents[name]?.kind ?? "", { asksAgents: reader.has("agents") });
  if (fault !== undefined)
    complain({ code: "agent/cannot-ask", message: `${name} ${fault}`, span: reader.spanOf(["agents"]) });
}

/** What a step permits, only a program can use. `names`: all agents that the step may have. */
export function checkPermissions({ reader, agents, complain }: StepDraft, names: readonly string[]): void {
  const kinds = names.map((name) => agents[name]?.kind);
  const [name] = names;
  if (!reader.has("permissions") || name === undefined) return;
  if (kinds.some((kind) => kind === undefined || programSettings(kind) !== undefined)) return;
  complain({
    code: "agent/no-permissions",
    message: `${name} is of kind ${kinds[0]}, which does nothing on this machine: there is nothing to permit`,
    span: reader.spanOf(["permissions"]),
  });
}
