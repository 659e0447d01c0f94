import { loadProvider } from "../agents/registry.ts";
import type { ProviderAnswer, Transcript, WireCall } from "../agents/provider.ts";
import { wireName } from "../agents/wire-name.ts";
import type { AgentCall, AgentTurn, RequestedCall } from "../plan/activity.ts";
import type { JsonObject, JsonValue } from "../plan/json.ts";
import { outputSchema } from "../plan/output-schema.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { checkAgainstSchema, parseJson } from "../schema/check-schema.ts";
import { describeTools } from "../tools/describe-tools.ts";
import type { ToolDefinition } from "../tools/tool-kind.ts";
import type { ActivityContext, ActivityHandler } from "./activity-context.ts";
import { createToolContext } from "./tool-context.ts";

const ALIVE_EVERY_MS = 500;

/**
 * Makes one model call of an agent's loop. Throws `StepFailure` with codes `agent/…`; an answer that does not fit the
 * step's output comes back as `invalid`.
 */
export const callAgent: ActivityHandler<AgentCall, Omit<AgentTurn, "attempts">> = async (call, context) => {
  const provider = await loadProvider(call.agent.kind);
  const definitions = await describeTools(call.grants, call.tools, (name, spec) =>
    createToolContext(name, spec, context),
  );
  const schema = call.output === undefined ? undefined : outputSchema(call.output);
  const transcript = await openTranscript(call, context);
  const beating = setInterval(() => context.heartbeat(), ALIVE_EVERY_MS);
  let answer: ProviderAnswer;
  try {
    answer = await provider.call({
      spec: call.agent,
      transcript,
      tools: definitions.map(({ tool, operation, description, parameters }) => ({
        name: wireName(tool, operation),
        description,
        parameters,
      })),
      schema,
      signal: context.signal,
      alive: () => context.heartbeat(),
      apiKey: (variable) => readKey(call, context, variable),
      place: {
        stepPath: call.stepPath,
        stepId: call.stepId,
        itemIndex: call.itemIndex,
        repliesUsed: call.repliesUsed,
        attempt: context.attempt,
      },
      readFile: context.readFile,
    });
  } finally {
    clearInterval(beating);
  }
  const { text, calls, raw, usage, model, repliesUsed } = answer;
  const next: Transcript = {
    ...transcript,
    messages: [...transcript.messages, { role: "assistant", text, calls, raw }],
  };
  const told = { transcript: await keepTranscript(next, context), usage, model, repliesUsed };
  if (calls.length > 0) {
    const requested = calls.map((wire) => requestedCall(wire, definitions));
    return {
      ...told,
      calls: await Promise.all(
        requested.map(async (one) => ({ ...one, with: await context.keep(one.with as JsonValue) })),
      ),
    };
  }
  const value = schema === undefined ? (answer.value ?? text) : (answer.value ?? readJson(text));
  if (schema === undefined) return { ...told, calls: [], output: await context.keep(value as JsonValue) };
  const problems = value === undefined ? ["it is not JSON"] : await checkAgainstSchema(schema, value);
  if (problems.length > 0)
    return { ...told, calls: [], invalid: `the answer does not fit the step's output: ${problems.join("; ")}` };
  return { ...told, calls: [], output: await context.keep(value as JsonValue) };
};

async function openTranscript(call: AgentCall, context: ActivityContext): Promise<Transcript> {
  if (call.transcript !== undefined) {
    const before = (await context.load(call.transcript)) as unknown as Transcript;
    if (call.repair === undefined) return before;
    const text = `${call.repair}. Answer again with JSON that fits the schema, and nothing else.`;
    return { ...before, messages: [...before.messages, { role: "user", text }] };
  }
  const prompt = await context.resolve(call.prompt);
  const text = typeof prompt === "string" ? prompt : JSON.stringify(prompt);
  return { system: call.agent.system ?? null, messages: [{ role: "user", text }] };
}

/** As every result: above 4 KB it lies in the store, and history has the reference. The interpreter only hands it on. */
function keepTranscript(transcript: Transcript, context: ActivityContext): Promise<AgentTurn["transcript"]> {
  return context.keep(transcript as unknown as JsonObject);
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
  if (args === undefined) return { id: wire.id, tool, operation, with: null, refused: "the arguments are not JSON" };
  return { id: wire.id, tool, operation, with: args };
}

/** JSON, also inside a fence or with words around it. */
function readJson(text: string): JsonValue | undefined {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/.exec(text)?.[1];
  return parseJson(text.trim()) ?? (fenced === undefined ? undefined : parseJson(fenced));
}

function readKey(call: AgentCall, context: ActivityContext, defaultVariable: string): string {
  const variable = call.agent.apiKeyEnv ?? defaultVariable;
  const key = context.env[variable];
  if (key !== undefined && key !== "") return key;
  throw new StepFailure(
    "agent/no-key",
    `the agent ${call.agentName} needs the variable ${variable} in the worker's environment`,
  );
}
