import { loadProvider } from "../../agents/registry.ts";
import type { GrantedServer, ProviderAnswer, Transcript } from "../../agents/provider.ts";
import { wireName } from "../../agents/wire-name.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { JsonObject } from "../../plan/json.ts";
import { DEFAULT_PERMISSIONS } from "../../plan/permissions.ts";
import type { ToolSpec } from "../../plan/plan.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { joinTexts } from "../../tools/join-texts.ts";
import type { ToolDefinition } from "../../tools/tool-kind.ts";
import type { ActivityContext } from "../activity-context.ts";
import { openStream } from "../../streams/open-stream.ts";
import { createToolContext } from "../tool-context.ts";

const ALIVE_EVERY_MS = 500;

/** What the model is told besides the agent's own settings. */
export interface Question {
  readonly transcript: Transcript;
  readonly definitions: readonly ToolDefinition[];
  readonly schema: JsonObject | undefined;
}

/** Makes the call to the provider, and heartbeats while it lasts. Throws `StepFailure` with codes `agent/…`. */
export async function askModel(
  call: AgentCall,
  { transcript, definitions, schema }: Question,
  context: ActivityContext,
): Promise<ProviderAnswer> {
  const provider = await loadProvider(call.agent, { readFile: context.readFile, host: context });
  const servers = await grantedServers(call, context);
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
        servers,
        permissions: call.permissions ?? call.agent.permissions ?? DEFAULT_PERMISSIONS,
      },
    });
  } finally {
    clearInterval(beating);
    stream.end();
  }
}

function grantedServers({ grants, tools }: AgentCall, context: ActivityContext): Promise<readonly GrantedServer[]> {
  const names = [...new Set(grants.map((grant) => grant.split(".", 1)[0] as string))].filter((name) => tools[name]);
  return Promise.all(
    names.map(async (name) => {
      const spec = tools[name] as ToolSpec;
      const { given } = await createToolContext(name, spec, context);
      const headers = joinTexts(await context.resolve(spec.headers ?? {}));
      const operations = grants
        .filter((grant) => grant.startsWith(`${name}.`))
        .map((one) => one.slice(name.length + 1));
      return { name, spec, given, headers, operations };
    }),
  );
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
