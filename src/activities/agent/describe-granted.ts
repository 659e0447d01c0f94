import { wireName } from "../../agents/wire-name.ts";
import type { AgentCall } from "../../plan/activity.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { type DescribedTools, describeTools } from "../../tools/describe-tools.ts";
import type { ActivityContext } from "../activity-context.ts";
import { createToolContext } from "../tool-context.ts";

/** What the model is told of its tools. Throws `StepFailure` `tool/changed`, `agent/tool-names-collide`. */
export async function describeGranted(call: AgentCall, context: ActivityContext): Promise<DescribedTools> {
  const contextFor = (name: string, spec: AgentCall["tools"][string]) => createToolContext(name, spec, context);
  const described = await describeTools(call.grants, call.tools, { contextFor, pins: call.pins ?? {} });
  const taken = new Map<string, string>();
  for (const { tool, operation } of described.definitions) {
    const name = `${tool}.${operation}`;
    const onWire = wireName(tool, operation);
    const other = taken.get(onWire);
    if (other !== undefined)
      throw new StepFailure(
        "agent/tool-names-collide",
        `a model could not tell ${name} from ${other}: both are ${onWire}`,
      );
    taken.set(onWire, name);
  }
  return described;
}
