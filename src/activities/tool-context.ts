import type { ToolSpec } from "../plan/plan.ts";
import { joinTexts } from "../tools/join-texts.ts";
import type { ToolContext } from "../tools/tool-kind.ts";
import type { ActivityContext } from "./activity-context.ts";

/** What a tool may use within an activity; resolves the secrets of its environment. */
export async function createToolContext(name: string, spec: ToolSpec, context: ActivityContext): Promise<ToolContext> {
  return {
    name,
    spec,
    given: joinTexts(await context.resolve(spec.env ?? {})),
    ownEnv: context.env,
    projectDir: context.projectDir,
    stateDir: context.stateDir,
    signal: context.signal,
    key: context.key,
    readFile: context.readFile,
    mask: context.redact,
    resolve: context.resolve,
  };
}
