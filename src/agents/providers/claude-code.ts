import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { isJsonObject, type JsonObject } from "../../plan/json.ts";
import type { Permission } from "../../plan/permissions.ts";
import { PROGRAMS } from "../../plan/programs.ts";
import type { TokenUsage } from "../../plan/report.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { addTokens, NO_TOKENS } from "../../plan/usage.ts";
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
import { countOf, objectOf, objectsOf, textOf } from "../coding/read-event.ts";

/** Its own tools by what a step permits. */
const TOOLS: Readonly<Record<Permission, readonly string[]>> = {
  read: ["Read", "Glob", "Grep"],
  write: ["Edit", "Write", "NotebookEdit"],
  run: ["Bash"],
  web: ["WebFetch", "WebSearch"],
};
/** What may be done with them unasked. Files of the working folder may be read unasked, others never. */
const ALLOWED: Readonly<Record<Permission, readonly string[]>> = {
  read: [],
  write: ["Edit(./**)"],
  run: ["Bash"],
  web: ["WebFetch", "WebSearch"],
};
/** One start without a terminal, with our settings alone; what is not allowed is denied, and nobody is asked. */
const ALWAYS =
  "-p --output-format stream-json --verbose --setting-sources= --strict-mcp-config --permission-mode dontAsk";
/** One layer of retries is enough, and it is ours; nothing but the model is asked for anything. */
const QUIET = {
  CLAUDE_CODE_MAX_RETRIES: "0",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
  DISABLE_AUTOUPDATER: "1",
  MCP_TOOL_TIMEOUT: String(NO_TIMEOUT_MS),
};

const NO_TOOLS = new StepFailure("tool/unreachable", "claude could not reach the tools of the step", {
  retryable: true,
});

const program: CodingProgram = {
  kind: "claude-code",
  settings: PROGRAMS["claude-code"],
  logIn: "run `claude` once and log in",
  variables: ["ANTHROPIC_BASE_URL", "CLAUDE_CONFIG_DIR"],
  keyVariables: ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
  notLoggedIn: /Not logged in|Please run \/login|Invalid API key/,
  modelUnknown: /[^\n]*issue with the selected model[^\n]*/,
  sessionLost: /No conversation found with session ID/,
  takesSchema: () => true,
  launch,
  read,
};

/** Claude Code without its terminal: one start, events as lines of JSON. */
export const claudeCode = createCodingAgent(program);

async function launch({ request, prompt, session, tools, folder }: Start): Promise<Launch> {
  const { spec, schema, host, transcript } = request;
  const own = host.permissions.some((one) => one === "write" || one === "run") ? ["read" as const] : [];
  const permissions = [...new Set([...own, ...host.permissions])];
  const allowed = [
    ...permissions.flatMap((one) => ALLOWED[one]),
    ...(tools === undefined ? [] : [`mcp__${TOOL_SERVER}`]),
  ];
  const config = join(folder, "mcp.json");
  await writeFile(
    config,
    JSON.stringify({ mcpServers: tools === undefined ? {} : { [TOOL_SERVER]: toServer(tools) } }),
  );
  // The compiler lets through only those that are flags of the same name.
  const options = Object.entries(spec.options ?? {}).flatMap(([name, value]) => [
    `--${name}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  // What the project keeps for its runs is no file of the project.
  const closed = [`Read(/${host.stateDir}/**)`, `Edit(/${host.stateDir}/**)`];
  return {
    args: [
      ...ALWAYS.split(" "),
      "--mcp-config",
      config,
      "--tools",
      permissions.flatMap((one) => TOOLS[one]).join(","),
      ...(allowed.length === 0 ? [] : ["--allowedTools", allowed.join(",")]),
      "--disallowedTools",
      closed.join(","),
      ...(spec.model === undefined ? [] : ["--model", spec.model]),
      ...(transcript.system === null ? [] : ["--append-system-prompt", transcript.system]),
      ...(schema === undefined ? [] : ["--json-schema", JSON.stringify(schema)]),
      ...options,
      ...(session === undefined ? ["--session-id", randomUUID()] : ["--resume", session]),
    ],
    env: {
      ...QUIET,
      ...(spec.baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: spec.baseUrl }),
      ...(spec.maxTokens === undefined ? {} : { CLAUDE_CODE_MAX_OUTPUT_TOKENS: String(spec.maxTokens) }),
    },
    stdin: prompt,
  };
}

/** Puts the token in by itself: a file holds only the variable's name. */
function toServer({ url, tokenVariable }: ToolServer): JsonObject {
  return { type: "http", url, headers: { Authorization: `Bearer \${${tokenVariable}}` } };
}

function read(heard: Heard, event: JsonObject): Heard {
  if (event["type"] === "system" && event["subtype"] === "init") {
    const hasTools = objectsOf(event["mcp_servers"]).every(({ status }) => status !== "failed");
    return {
      ...heard,
      session: textOf(event["session_id"]),
      model: textOf(event["model"]),
      ...(hasTools ? {} : { failure: NO_TOOLS }),
    };
  }
  if (event["type"] === "assistant" && event["parent_tool_use_id"] == null) {
    const message = objectOf(event["message"]);
    const said = objectsOf(message["content"]).map((block) => textOf(block["text"]) ?? "");
    const counted = countMessage(heard, message);
    return said.every((text) => text === "") ? counted : { ...counted, text: said.join("") };
  }
  if (event["type"] !== "result") return heard;
  const result = textOf(event["result"]) ?? "";
  const usd = event["total_cost_usd"];
  return {
    ...heard,
    session: textOf(event["session_id"]) ?? heard.session,
    text: result,
    value: event["structured_output"] ?? undefined,
    ...closeCount(heard, readUsage(event)),
    usd: typeof usd === "number" && isListPrice(event) && heard.uncountedBefore === undefined ? usd : undefined,
    failure: event["is_error"] === true ? failureOf(event, result) : undefined,
    done: true,
  };
}

/** Until the end tells what all was used, each message tells its own part; it comes once for each of its blocks. */
function countMessage(heard: Heard, { id, usage }: JsonObject): Heard {
  if (typeof id !== "string" || id === heard.lastMessage || !isJsonObject(usage)) return heard;
  const own: TokenUsage = {
    inputTokens: countOf(usage["input_tokens"]),
    cacheReadTokens: countOf(usage["cache_read_input_tokens"]),
    cacheWriteTokens: countOf(usage["cache_creation_input_tokens"]),
    outputTokens: countOf(usage["output_tokens"]),
    reasoningTokens: 0,
  };
  // What the program says of dollars comes at its end only.
  return {
    ...heard,
    lastMessage: id,
    used: addTokens(heard.used, own),
    uncounted: addTokens(heard.uncounted ?? NO_TOKENS, own),
    usd: undefined,
  };
}

/** The session's counters have all starts of it that came to an end; a start that was killed is not in them. */
function closeCount(
  { used, uncountedBefore }: Heard,
  counted: TokenUsage | undefined,
): Pick<Heard, "used" | "uncounted"> {
  if (counted === undefined) return { used };
  return { used: addTokens(counted, uncountedBefore ?? NO_TOKENS), uncounted: uncountedBefore };
}

/** What the session used, with what it told before it was gone on with. */
function readUsage(event: JsonObject): TokenUsage | undefined {
  const { modelUsage } = event;
  if (!isJsonObject(modelUsage) || Object.keys(modelUsage).length === 0) return undefined;
  return Object.values(modelUsage)
    .filter(isJsonObject)
    .map((one) => ({
      inputTokens: countOf(one["inputTokens"]),
      cacheReadTokens: countOf(one["cacheReadInputTokens"]),
      cacheWriteTokens: countOf(one["cacheCreationInputTokens"]),
      outputTokens: countOf(one["outputTokens"]),
      reasoningTokens: countOf(one["thinkingTokens"]),
    }))
    .reduce((sum, one) => addTokens(sum, one), NO_TOKENS);
}

/** For a model that it does not know Claude Code takes another one's price. */
function isListPrice({ modelUsage }: JsonObject): boolean {
  return objectsOf(isJsonObject(modelUsage) ? Object.values(modelUsage) : []).every(
    ({ costBasis }) => costBasis === undefined || costBasis === "list",
  );
}

function failureOf(event: JsonObject, result: string): StepFailure {
  const errors = Array.isArray(event["errors"]) ? event["errors"].join("; ") : "";
  const message = [result, errors].filter((part) => part !== "").join("; ") || textOf(event["subtype"]) || "unknown";
  const status = event["api_error_status"];
  if (typeof status === "number") return apiFailure({ status, message });
  if (/output token maximum/.test(message)) return new StepFailure("agent/truncated", `claude: ${message}`);
  if (/safeguards flagged|Usage Policy/.test(message)) return new StepFailure("agent/refused", `claude: ${message}`);
  if (/Connection|ECONN|ENOTFOUND|timed out/i.test(message)) return apiFailure({ status: undefined, message });
  if (event["subtype"] === "error_max_structured_output_retries")
    return new StepFailure("agent/invalid-output", `claude never gave an answer of the step's shape: ${message}`);
  if (event["subtype"] === "error_max_budget_usd")
    return new StepFailure("agent/quota", "the session has used up `max-budget-usd` of the agent");
  return new StepFailure("agent/exit", `claude failed: ${message}`, { retryable: true });
}
