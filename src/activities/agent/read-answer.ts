import type { ProviderAnswer, WireCall } from "../../agents/provider.ts";
import { wireName } from "../../agents/wire-name.ts";
import type { AgentTurn, RequestedCall } from "../../plan/activity.ts";
import { SUB_AGENT_TOOL } from "../../plan/agent-loop.ts";
import { MAX_INLINE_CALL_BYTES } from "../../plan/artifact.ts";
import { fillOutput } from "../../plan/fill-defaults.ts";
import { isJsonObject, type JsonValue } from "../../plan/json.ts";
import { outputSchema } from "../../plan/output-schema.ts";
import type { OutputSpec } from "../../plan/plan.ts";
import { checkAgainstSchema, parseJson } from "../../schema/check-schema.ts";
import type { ToolDefinition } from "../../tools/tool-kind.ts";
import type { ActivityContext } from "../activity-context.ts";

/** What of a turn depends on the answer alone. */
export type ReadAnswer = Pick<AgentTurn, "calls" | "output" | "invalid">;

/** The calls that the model asks for, or its answer held against the step's output; one that does not fit is `invalid`. */
export async function readAnswer(
  { text, calls, value: given }: ProviderAnswer,
  { definitions, output }: { readonly definitions: readonly ToolDefinition[]; readonly output: OutputSpec | undefined },
  context: ActivityContext,
): Promise<ReadAnswer> {
  if (calls.length > 0) {
    const requested = calls.map((wire) => requestedCall(wire, definitions));
    const kept = requested.map(async (one) => ({
      ...one,
      with: await context.keep(one.with as JsonValue, MAX_INLINE_CALL_BYTES),
    }));
    return { calls: await Promise.all(kept) };
  }
  if (output === undefined) return { calls: [], output: await context.keep(given ?? text) };
  const value = given ?? readJson(text);
  const problems = value === undefined ? ["it is not JSON"] : await checkAgainstSchema(outputSchema(output), value);
  if (problems.length > 0)
    return { calls: [], invalid: `the answer does not fit the step's output: ${problems.join("; ")}` };
  return { calls: [], output: await context.keep(fillOutput(output, value as JsonValue)) };
}

/** Names come from the grants, never from the model: a name that was not offered is refused. */
function requestedCall(wire: WireCall, definitions: readonly ToolDefinition[]): RequestedCall {
  const offered = definitions.find(({ tool, operation }) => wireName(tool, operation) === wire.name);
  const args = parseJson(wire.argumentsJson === "" ? "{}" : wire.argumentsJson);
  if (offered === undefined) {
    const names = definitions.map(({ tool, operation }) => wireName(tool, operation)).join(", ");
    const refused = `there is no tool ${wire.name} for this step; there are: ${names === "" ? "none" : names}`;
    return { id: wire.id, tool: wire.name, operation: "", with: null, refused };
  }
  const { tool, operation } = offered;
  if (args === undefined) return { id: wire.id, tool, operation, with: null, misfit: "the arguments are not JSON" };
  if (tool === SUB_AGENT_TOOL && !(isJsonObject(args) && typeof args["task"] === "string"))
    return { id: wire.id, tool, operation, with: args, misfit: `${wire.name} takes {"task": "…"}` };
  return { id: wire.id, tool, operation, with: args };
}

/** JSON, also inside a fence or with words around it. */
function readJson(text: string): JsonValue | undefined {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/.exec(text)?.[1];
  return parseJson(text.trim()) ?? (fenced === undefined ? undefined : parseJson(fenced));
}
