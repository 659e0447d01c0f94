import { loadProvider } from "../../agents/registry.ts";
import type { OwnCalls, ProviderAnswer, Spent, Transcript } from "../../agents/provider.ts";
import { wireName } from "../../agents/wire-name.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { JsonObject } from "../../plan/json.ts";
import { DEFAULT_PERMISSIONS } from "../../plan/permissions.ts";
import type { Pins } from "../../plan/pins.ts";
import { programSettings } from "../../plan/programs.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import type { ToolDefinition } from "../../tools/tool-kind.ts";
import type { ActivityContext } from "../activity-context.ts";
import { openStream } from "../../streams/open-stream.ts";
import { type Callable, openOwnCalls } from "./own-calls.ts";

const ALIVE_EVERY_MS = 500;

/** What the model is told besides the agent's own settings. */
export interface Question {
  readonly transcript: Transcript;
  readonly definitions: readonly ToolDefinition[];
  /** What their servers have said of them just now, where the run had not seen them before. */
  readonly pins: Pins;
  readonly schema: JsonObject | undefined;
}

/** Makes the call to the provider, and heartbeats while it lasts. Throws `StepFailure` with codes `agent/…`. */
export async function askModel(
  call: AgentCall,
  { transcript, definitions, pins, schema, spent }: Question & { readonly spent: (told: Spent) => void },
  context: ActivityContext,
): Promise<ProviderAnswer> {
  const provider = await loadProvider(call.agent, { readFile: context.readFile, host: context });
  const ownCalls = ownCallsOf(call, { definitions, pins: { ...call.pins, ...pins } }, context);
  const stream = openStream(
    { run: call.run, step: call.stepPath, agent: call.agentName, turn: call.turn + 1, attempt: context.attempt },
    { storeDir: context.store.dir, callId: context.callId, redact: context.redact, unfinished: context.unfinished },
  );
  const beating = setInterval(() => context.heartbeat(), ALIVE_EVERY_MS);
  try {
    return await provider.call({
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
      said: stream.said,
      ownCalls,
      spent,
      apiKey: (variable) => readKey(call, context, variable),
      place: {
        stepPath: call.stepPath,
        stepId: call.stepId,
        itemIndex: call.itemIndex,
        repliesUsed: call.repliesUsed,
        attempt: context.attempt,
      },
      readFile: context.readFile,
      host: {
        projectDir: context.projectDir,
        stateDir: context.stateDir,
        key: context.key,
        env: context.env,
        lastNote: context.lastProgress,
        note: (note) => context.heartbeat(note),
        mask: context.redact,
        permissions: call.permissions ?? call.agent.permissions ?? DEFAULT_PERMISSIONS,
      },
    });
  } finally {
    clearInterval(beating);
    stream.end();
  }
}

/** A program makes its tool calls while it works; all others ask for them in their answers. */
function ownCallsOf(call: AgentCall, callable: Callable, context: ActivityContext): OwnCalls {
  if (programSettings(call.agent.kind) !== undefined) return openOwnCalls(call, callable, context);
  return { before: [], make: () => Promise.reject(new Error("calls are made for this agent when it has answered")) };
}

function readKey(call: AgentCall, context: ActivityContext, defaultVariable: string): string {
  const variable = call.agent.apiKeyEnv ?? defaultVariable;
  const key = context.env[variable];
  if (key !== undefined && key !== "") return context.hide(key);
  throw new StepFailure(
    "agent/no-key",
    `the agent ${call.agentName} needs the variable ${variable} in the worker's environment`,
  );
}
