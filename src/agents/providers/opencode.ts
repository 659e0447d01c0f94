import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../../plan/json.ts";
import type { Permission } from "../../plan/permissions.ts";
import { PROGRAMS } from "../../plan/programs.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { addTokens } from "../../plan/usage.ts";
import { apiFailure, readRetryAfter } from "../api-failure.ts";
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
import { countOf, objectOf, textOf } from "../coding/read-event.ts";

const KEY = "OPENCODE_AGENT_KEY";
/** Its own tools by what a step permits. */
const TOOLS: Readonly<Record<Permission, readonly string[]>> = {
  read: ["read", "list", "glob", "grep"],
  write: ["edit"],
  run: ["bash"],
  web: ["webfetch", "websearch"],
};
/** Makers whose API it knows by itself; any other address is taken for one that speaks as OpenAI does. */
const KNOWN = new Set(["anthropic", "openai"]);

const program: CodingProgram = {
  kind: "opencode",
  settings: PROGRAMS.opencode,
  logIn: "run `opencode auth login`",
  variables: [],
  keyVariables: [
    KEY,
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "OPENROUTER_API_KEY",
    "GEMINI_API_KEY",
    "OPENCODE_API_KEY",
  ],
  notLoggedIn: /API key is missing|ProviderAuthError/,
  modelUnknown: /Model not found: [^"\n)]*|[^\n]*model(?: \S+)? does not exist[^\n]*/,
  seeLog: /Check server logs/,
  sessionLost: /Session not found/,
  hasLogin: ({ spec }, env) =>
    spec.baseUrl !== undefined ||
    spec.options?.["provider"] !== undefined ||
    spec.model?.startsWith("opencode/") === true ||
    existsSync(join(env["XDG_DATA_HOME"] ?? join(env["HOME"] ?? "", ".local/share"), "opencode/auth.json")),
  takesSchema: () => false,
  launch,
  read,
};

/** OpenCode without its terminal: one start, events as lines of JSON. */
export const opencode = createCodingAgent(program);

async function launch({ request, prompt, session, tools, folder }: Start): Promise<Launch> {
  const { spec, host, transcript } = request;
  const own = host.permissions.some((one) => one === "write" || one === "run") ? ["read" as const] : [];
  const permitted = [...own, ...host.permissions].flatMap((permission) => TOOLS[permission]);
  const served = tools === undefined ? [] : [`${TOOL_SERVER}_*`];
  const instructions = join(folder, "instructions.md");
  if (transcript.system !== null) await writeFile(instructions, transcript.system);
  const config: JsonObject = {
    ...spec.options,
    share: "disabled",
    autoupdate: false,
    snapshot: false,
    ...(spec.model === undefined ? {} : { model: spec.model, small_model: spec.model }),
    ...(transcript.system === null ? {} : { instructions: [instructions] }),
    provider: { ...objectOf(spec.options?.["provider"]), ...ownApi(request) },
    mcp: tools === undefined ? {} : { [TOOL_SERVER]: toServer(tools) },
    permission: { "*": "deny", ...Object.fromEntries([...permitted, ...served].map((name) => [name, "allow"])) },
  };
  return {
    args: [
      "run",
      "--format",
      "json",
      "--pure",
      // What it says of some failures, such as of a model that it does not know, is in its log alone.
      "--print-logs",
      "--log-level",
      "ERROR",
      // Without a title it would ask the model for one.
      ...(session === undefined ? ["--title", request.place.stepPath] : ["--session", session]),
    ],
    env: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
      OPENCODE_DISABLE_PROJECT_CONFIG: "1",
      OPENCODE_DISABLE_CLAUDE_CODE: "1",
      OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      // Its settings are those of the step; the user's own stay out.
      XDG_CONFIG_HOME: join(host.stateDir, "opencode"),
    },
    stdin: prompt,
  };
}

/** The maker of the model, where the agent says at which address or with which key. */
function ownApi({ spec }: Start["request"]): JsonObject {
  const [maker, ...model] = (spec.model ?? "").split("/");
  if (maker === undefined || maker === "" || (spec.baseUrl === undefined && spec.apiKeyEnv === undefined)) return {};
  const known: JsonObject = KNOWN.has(maker) ? {} : { npm: "@ai-sdk/openai-compatible" };
  const options: JsonObject = {
    ...(spec.baseUrl === undefined ? {} : { baseURL: spec.baseUrl }),
    ...(spec.apiKeyEnv === undefined ? {} : { apiKey: `{env:${KEY}}` }),
  };
  return { [maker]: { ...known, name: maker, options, models: { [model.join("/")]: { name: model.join("/") } } } };
}

function toServer({ url, tokenVariable }: ToolServer): JsonObject {
  const headers = { Authorization: `Bearer {env:${tokenVariable}}` };
  return { type: "remote", url, headers, oauth: false, enabled: true, timeout: NO_TIMEOUT_MS };
}

function read(heard: Heard, event: JsonObject): Heard {
  const session = textOf(event["sessionID"]) ?? heard.session;
  const part = objectOf(event["part"]);
  switch (event["type"]) {
    case "step_start":
      return { ...heard, session, text: "", done: false };
    case "text":
      return { ...heard, session, text: heard.text + (textOf(part["text"]) ?? "") };
    case "step_finish":
      return { ...heard, session, used: addTokens(heard.used, readUsage(part)), ...endOf(part) };
    case "error":
      return { ...heard, session, failure: failureOf(objectOf(event["error"])), done: true };
    default:
      return { ...heard, session };
  }
}

/** Why a step of it ended: only one reason is an answer. */
function endOf({ reason }: JsonObject): Pick<Heard, "done" | "failure"> {
  if (reason === "tool-calls") return { done: false };
  if (reason === "length")
    return { done: true, failure: new StepFailure("agent/truncated", "the answer was cut off at the model's limit") };
  if (reason === "content-filter")
    return { done: true, failure: new StepFailure("agent/refused", "the model refused to answer") };
  return { done: true };
}

/** Of one step alone; its `input` leaves the cache out, its `output` leaves out the reasoning. */
function readUsage(part: JsonObject) {
  const tokens = objectOf(part["tokens"]);
  const cache = objectOf(tokens["cache"]);
  const reasoningTokens = countOf(tokens["reasoning"]);
  return {
    inputTokens: countOf(tokens["input"]),
    cacheReadTokens: countOf(cache["read"]),
    cacheWriteTokens: countOf(cache["write"]),
    outputTokens: countOf(tokens["output"]) + reasoningTokens,
    reasoningTokens,
  };
}

function failureOf(error: JsonObject): StepFailure {
  const data = objectOf(error["data"]);
  const name = textOf(error["name"]) ?? "unknown";
  const message = `${name}: ${textOf(data["message"]) ?? textOf(error["message"]) ?? "unknown"}`;
  const status = data["statusCode"];
  if (typeof status === "number") {
    const headers = objectOf(data["responseHeaders"]);
    const retryAfterMs = readRetryAfter((header) => textOf(headers[header]), Date.now());
    return apiFailure({ status, message, retryAfterMs });
  }
  if (name === "APIError") return apiFailure({ status: undefined, message });
  if (name === "ContentFilterError") return new StepFailure("agent/refused", message);
  if (name === "MessageOutputLengthError") return new StepFailure("agent/truncated", message);
  return new StepFailure("agent/exit", `opencode failed: ${message}`, { retryable: true });
}
