import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import type { Permission } from "../../plan/permissions.ts";
import { PROGRAMS } from "../../plan/programs.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { apiFailure } from "../api-failure.ts";
import { createCodingAgent } from "../coding/coding-agent.ts";
import {
  type CodingProgram,
  type Heard,
  type Launch,
  NO_TIMEOUT_MS,
  type Start,
  TOOL_SERVER,
  type ToolServer,
} from "../coding/coding-program.ts";
import { isStrictSchema } from "../coding/is-strict-schema.ts";
import { countOf, objectOf, textOf } from "../coding/read-event.ts";

const KEY = "CODEX_API_KEY";
/** What would reach beyond what the step grants: apps and plugins of the account, browsers, what it remembers of other work. */
const OFF = [
  "apps",
  "plugins",
  "browser_use",
  "computer_use",
  "image_generation",
  "hooks",
  "memories",
  "multi_agent",
  "goals",
];
const START_TIMEOUT_SECONDS = 20;

/** It says nothing of a refusal. */
const SILENT = new StepFailure("agent/exit", "codex ended its turn without an answer: its model may have refused", {
  retryable: true,
});

const program: CodingProgram = {
  kind: "codex",
  settings: PROGRAMS.codex,
  logIn: "run `codex login`",
  variables: ["CODEX_HOME"],
  keyVariables: [KEY, "OPENAI_API_KEY"],
  notLoggedIn: /Missing environment variable|Not logged in|Missing bearer|No API key/i,
  modelUnknown: /[^\n]*(?:model_not_found|model(?: \S+)? (?:does not exist|is not supported))[^\n]*/,
  sessionLost: /no rollout found for thread id|thread\/resume failed/,
  hasLogin: ({ spec }, env) =>
    spec.baseUrl !== undefined ||
    spec.options?.["model_provider"] !== undefined ||
    existsSync(join(env["CODEX_HOME"] ?? join(env["HOME"] ?? "", ".codex"), "auth.json")),
  takesSchema: isStrictSchema,
  launch,
  read,
};

/** Codex without its terminal: one start, events as lines of JSON. */
export const codex = createCodingAgent(program);

async function launch({ request, prompt, session, tools, marks, folder }: Start): Promise<Launch> {
  const { spec, host, transcript, schema } = request;
  const has = (permission: Permission) => host.permissions.includes(permission);
  const reads = host.permissions.some((one) => one !== "web");
  const shape = schema !== undefined && isStrictSchema(schema) ? join(folder, "schema.json") : undefined;
  if (shape !== undefined) await writeFile(shape, JSON.stringify(schema));
  const key =
    spec.apiKeyEnv === undefined && spec.baseUrl === undefined
      ? (host.env[KEY] ?? host.env["OPENAI_API_KEY"])
      : undefined;
  const hasKey = key !== undefined || spec.apiKeyEnv !== undefined;
  const config: JsonObject = {
    ...spec.options,
    ...(transcript.system === null ? {} : { developer_instructions: transcript.system }),
    approval_policy: "never",
    sandbox_mode: has("run") ? "danger-full-access" : has("write") ? "workspace-write" : "read-only",
    web_search: has("web") ? "live" : "disabled",
    project_doc_max_bytes: 0,
    "features.shell_tool": reads,
    "features.view_image": reads,
    ...Object.fromEntries(OFF.map((name) => [`features.${name}`, false])),
    shell_environment_policy: { inherit: "core", set: marks },
    mcp_servers: tools === undefined ? {} : { [TOOL_SERVER]: toServer(tools) },
    ...(spec.baseUrl === undefined ? {} : ownApi(spec.baseUrl, hasKey)),
  };
  return {
    args: [
      "exec",
      ...(session === undefined ? [] : ["resume"]),
      "--json",
      "--ignore-user-config",
      "--ignore-rules",
      "--skip-git-repo-check",
      ...Object.entries(config).flatMap(([name, value]) => ["-c", `${name}=${toToml(value)}`]),
      ...(spec.model === undefined ? [] : ["-m", spec.model]),
      ...(shape === undefined ? [] : ["--output-schema", shape]),
      ...(session === undefined ? [] : [session]),
      "-",
    ],
    env: {
      // Without its terminal it looks for a key in one place only.
      ...(key === undefined ? {} : { [KEY]: key }),
      // It needs a login of the user or nothing of the user's; with a key its settings and sessions are the project's alone.
      ...(hasKey ? { CODEX_HOME: await makeHome(host.stateDir) } : {}),
    },
    stdin: prompt,
  };
}

async function makeHome(stateDir: string): Promise<string> {
  const home = join(stateDir, "codex");
  await mkdir(home, { recursive: true });
  return home;
}

/** A server without keys, as on this machine, is asked without one. */
function ownApi(baseUrl: string, hasKey: boolean): JsonObject {
  const own: JsonObject = {
    name: "aiworkflow",
    base_url: baseUrl,
    wire_api: "responses",
    ...(hasKey ? { env_key: KEY } : {}),
    request_max_retries: 0,
    stream_max_retries: 0,
  };
  return { model_provider: "aiworkflow", model_providers: { aiworkflow: own } };
}

/** Only what the step grants is served, so nothing of it is asked for. */
function toServer({ url, tokenVariable }: ToolServer): JsonObject {
  return {
    url,
    bearer_token_env_var: tokenVariable,
    required: true,
    startup_timeout_sec: START_TIMEOUT_SECONDS,
    tool_timeout_sec: NO_TIMEOUT_MS / 1000,
    default_tools_approval_mode: "approve",
  };
}

/** JSON and TOML write texts, numbers, flags and lists alike, but not maps. */
function toToml(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(toToml).join(", ")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value).replaceAll("\u007f", "\\u007f");
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)} = ${toToml(one)}`).join(", ")}}`;
}

function read(heard: Heard, event: JsonObject): Heard {
  switch (event["type"]) {
    case "thread.started":
      return { ...heard, session: textOf(event["thread_id"]) };
    case "item.completed": {
      const item = objectOf(event["item"]);
      return item["type"] === "agent_message" ? { ...heard, text: textOf(item["text"]) ?? "" } : heard;
    }
    case "turn.completed":
      return {
        ...heard,
        used: readUsage(objectOf(event["usage"])),
        done: true,
        failure: heard.text === "" ? SILENT : undefined,
      };
    case "turn.failed":
      return { ...heard, failure: failureOf(textOf(objectOf(event["error"])["message"]) ?? "unknown"), done: true };
    case "error": {
      const message = textOf(event["message"]) ?? "";
      // It would wait for ever, and says so.
      return /waiting for network/.test(message) ? { ...heard, failure: failureOf(message) } : heard;
    }
    default:
      return heard;
  }
}

/** What the thread used, with all turns before; its input tokens include those that came from or went into a cache. */
function readUsage(usage: JsonObject) {
  const cacheReadTokens = countOf(usage["cached_input_tokens"]);
  const cacheWriteTokens = countOf(usage["cache_write_input_tokens"]);
  return {
    inputTokens: countOf(usage["input_tokens"]) - cacheReadTokens - cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: countOf(usage["output_tokens"]),
    reasoningTokens: countOf(usage["reasoning_output_tokens"]),
  };
}

function failureOf(message: string): StepFailure {
  const status = /status:? (?:code )?(\d{3})/.exec(message)?.[1];
  if (status !== undefined) return apiFailure({ status: Number(status), message });
  if (/high demand/.test(message)) return apiFailure({ status: 503, message });
  if (/waiting for network|error sending request|stream disconnected|lookup address/.test(message))
    return apiFailure({ status: undefined, message });
  if (/reason: max_output_tokens/.test(message)) return new StepFailure("agent/truncated", `codex: ${message}`);
  if (/reason: content_filter/.test(message)) return new StepFailure("agent/refused", `codex: ${message}`);
  if (/usage limit|quota/i.test(message)) return new StepFailure("agent/quota", `codex: ${message}`);
  // The API's own words on a request that it refuses.
  if (message.startsWith("{")) return apiFailure({ status: 400, message });
  return new StepFailure("agent/exit", `codex failed: ${message}`, { retryable: true });
}
