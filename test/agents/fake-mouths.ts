// How each program is told what to do, and how it tells what it does; as the real ones of these versions do: Claude Code
// 2.1.332, Codex 0.171.0, OpenCode 1.18.33. `test/binaries` holds the real ones to the same provider.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

/** An MCP server as a program would reach it. */
interface Server {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** What a program understood of its arguments and its environment. */
export interface Given {
  /** Where it begins a new one. */
  readonly session: string;
  readonly resume: string | undefined;
  readonly servers: Readonly<Record<string, Server>>;
  /** Tools that it may use unasked. */
  readonly allowed: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Why there is no answer; `unsaid`: where it tells that, if anywhere, is its log. */
export type Stop = "model" | "length" | "refusal" | "unsaid";

interface Stopped {
  readonly lines: readonly object[];
  readonly stderr?: string;
}

/** One program's protocol. */
export interface Mouth {
  read(argv: readonly string[], env: Environment): Given;
  toolName(server: string, tool: string): string;
  begin(session: string): readonly object[];
  /** In the middle of its work, what it has used. */
  used(session: string): readonly object[];
  answer(session: string, text: string, value: unknown): readonly object[];
  failed(session: string, status: number): readonly object[];
  keyless(session: string): readonly object[];
  /** Its model is not there, was cut off at its limit, or refused. */
  stopped(session: string, why: Stop): Stopped;
  lost(session: string): readonly object[];
  lostText(session: string): string;
}

const USAGE = { in: 11, cached: 4, written: 3, out: 7, reasoning: 2 };

const after = (argv: readonly string[], flag: string): string | undefined => {
  const at = argv.indexOf(flag);
  return at === -1 ? undefined : argv[at + 1];
};

const expand = (env: Environment, given: Readonly<Record<string, string>>, form: RegExp) =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      value.replace(form, (_, variable: string) => env[variable] ?? ""),
    ]),
  );

const claudeResult = (session: string, more: object) => ({
  type: "result",
  subtype: "success",
  is_error: false,
  session_id: session,
  num_turns: 1,
  total_cost_usd: 0,
  permission_denials: [],
  modelUsage: {},
  api_error_status: null,
  ...more,
});

const claude: Mouth = {
  read(argv, env) {
    const config = JSON.parse(readFileSync(after(argv, "--mcp-config") as string, "utf8")) as {
      mcpServers: Record<string, Server>;
    };
    const servers = Object.entries(config.mcpServers).map(([name, { url, headers }]) => [
      name,
      { url, headers: expand(env, headers, /\$\{(\w+)\}/g) },
    ]);
    return {
      session: after(argv, "--session-id") ?? "",
      resume: after(argv, "--resume"),
      servers: Object.fromEntries(servers) as Record<string, Server>,
      allowed: after(argv, "--allowedTools")?.split(",") ?? [],
    };
  },
  toolName: (server, tool) => (tool === "*" ? `mcp__${server}` : `mcp__${server}__${tool}`),
  begin: (session) => [
    { type: "system", subtype: "init", session_id: session, model: "claude-test", mcp_servers: [], tools: [] },
  ],
  used: (session) =>
    // A message comes once for each of its blocks.
    [1, 2].map((block) => ({
      type: "assistant",
      session_id: session,
      message: {
        id: "msg_1",
        role: "assistant",
        content: [{ type: "tool_use", id: `toolu_${block}`, name: "Read", input: {} }],
        usage: {
          input_tokens: USAGE.in,
          cache_read_input_tokens: USAGE.cached,
          cache_creation_input_tokens: USAGE.written,
          output_tokens: USAGE.out,
        },
      },
    })),
  answer: (session, text, value) => [
    { type: "assistant", message: { role: "assistant", content: [{ type: "text", text }] }, session_id: session },
    claudeResult(session, {
      result: text,
      ...(value === undefined ? {} : { structured_output: value }),
      total_cost_usd: 0.25,
      modelUsage: {
        "claude-test": {
          inputTokens: USAGE.in,
          cacheReadInputTokens: USAGE.cached,
          cacheCreationInputTokens: USAGE.written,
          outputTokens: USAGE.out,
          thinkingTokens: USAGE.reasoning,
          costUSD: 0.25,
          costBasis: "list",
        },
      },
    }),
  ],
  failed: (session, status) => [
    claudeResult(session, { is_error: true, api_error_status: status, result: `API Error: ${status} scripted` }),
  ],
  keyless: (session) => [
    ...claude.begin(session),
    claudeResult(session, { is_error: true, result: "Not logged in · Please run /login" }),
  ],
  stopped: (session, why) => {
    const [status, result] = {
      model: [
        404,
        "There's an issue with the selected model (no-such-model). It may not exist or you may not have access to it.",
      ],
      length: [null, "API Error: Claude's response exceeded the 128000 output token maximum."],
      unsaid: [null, "unknown"],
      refusal: [null, "API Error: Opus 5.5's safeguards flagged this message (https://www.anthropic.com/legal/aup)."],
    }[why];
    return { lines: [claudeResult(session, { is_error: true, api_error_status: status, result })] };
  },
  lost: (session) => [
    claudeResult(session, {
      subtype: "error_during_execution",
      is_error: true,
      errors: [`No conversation found with session ID: ${session}`],
    }),
  ],
  lostText: (session) => `No conversation found with session ID: ${session}`,
};

const codex: Mouth = {
  read(argv, env) {
    const line = argv.find((one) => one.startsWith("mcp_servers=")) ?? "mcp_servers={}";
    // A map in TOML, written on one line, is JSON but for the sign between name and value.
    const written = JSON.parse(line.slice(line.indexOf("=") + 1).replaceAll('" = ', '": ')) as Record<
      string,
      { url: string; bearer_token_env_var: string; enabled_tools?: string[] }
    >;
    const resumed = argv[1] === "resume";
    return {
      session: randomUUID(),
      resume: resumed ? argv.at(-2) : undefined,
      servers: Object.fromEntries(
        Object.entries(written).map(([name, { url, bearer_token_env_var: variable }]) => [
          name,
          { url, headers: { Authorization: `Bearer ${env[variable]}` } },
        ]),
      ),
      allowed: Object.entries(written).flatMap(([name, { enabled_tools = ["*"] }]) =>
        enabled_tools.map((tool) => codex.toolName(name, tool)),
      ),
    };
  },
  toolName: (server, tool) => `${server}/${tool}`,
  begin: (session) => [{ type: "thread.started", thread_id: session }, { type: "turn.started" }],
  used: () => [],
  answer: (_, text) => [
    { type: "item.completed", item: { id: "item_0", type: "reasoning", text: "hm" } },
    { type: "item.completed", item: { id: "item_1", type: "agent_message", text } },
    {
      type: "turn.completed",
      usage: {
        input_tokens: USAGE.in + USAGE.cached + USAGE.written,
        cached_input_tokens: USAGE.cached,
        cache_write_input_tokens: USAGE.written,
        output_tokens: USAGE.out,
        reasoning_output_tokens: USAGE.reasoning,
      },
    },
  ],
  failed: (_, status) => {
    const message = `unexpected status ${status} Scripted: no, url: http://127.0.0.1/responses`;
    return [
      { type: "error", message },
      { type: "turn.failed", error: { message } },
    ];
  },
  // Of a refusal it says nothing.
  stopped(session, why) {
    if (why === "refusal") return { lines: codex.answer(session, "", undefined).slice(-1) };
    const message = {
      model: "The requested model 'no-such-model' does not exist.",
      length: "Incomplete response returned, reason: max_output_tokens",
      unsaid: "unknown",
    }[why];
    return { lines: [{ type: "turn.failed", error: { message } }], stderr: "WARNING: proceeding without PATH aliases" };
  },
  keyless: () => [{ type: "turn.failed", error: { message: "Missing environment variable: `CODEX_API_KEY`." } }],
  lost: () => [],
  lostText: (session) => `Error: thread/resume: thread/resume failed: no rollout found for thread id ${session}`,
};

const finish = (session: string, reason: string) => ({
  type: "step_finish",
  sessionID: session,
  part: {
    type: "step-finish",
    reason,
    cost: 0,
    tokens: {
      input: USAGE.in,
      output: USAGE.out - USAGE.reasoning,
      reasoning: USAGE.reasoning,
      cache: { read: USAGE.cached, write: USAGE.written },
    },
  },
});

const opencode: Mouth = {
  read(argv, env) {
    const config = JSON.parse(env["OPENCODE_CONFIG_CONTENT"] ?? "{}") as {
      mcp: Record<string, Server>;
      permission: Record<string, string>;
    };
    return {
      session: `ses_${randomUUID()}`,
      resume: after(argv, "--session"),
      servers: Object.fromEntries(
        Object.entries(config.mcp).map(([name, { url, headers }]) => [
          name,
          { url, headers: expand(env, headers, /\{env:(\w+)\}/g) },
        ]),
      ),
      allowed: Object.keys(config.permission).filter((name) => config.permission[name] === "allow"),
    };
  },
  toolName: (server, tool) => `${server}_${tool}`,
  begin: (session) => [{ type: "step_start", sessionID: session, part: { type: "step-start" } }],
  used: (session) => [finish(session, "tool-calls")],
  answer: (session, text) => [
    { type: "text", sessionID: session, part: { type: "text", text } },
    finish(session, "stop"),
  ],
  failed: (session, status) => [
    {
      type: "error",
      sessionID: session,
      error: { name: "APIError", data: { message: "scripted", statusCode: status, responseHeaders: {} } },
    },
  ],
  keyless: (session) => [
    {
      type: "error",
      sessionID: session,
      error: { name: "ProviderAuthError", data: { message: "anthropic: API key is missing" } },
    },
  ],
  stopped(session, why) {
    if (why === "length") return { lines: [finish(session, "length")] };
    if (why === "refusal") {
      const data = { message: "The response was blocked by the provider's content filter" };
      return { lines: [{ type: "error", sessionID: session, error: { name: "ContentFilterError", data } }] };
    }
    const data = { message: "Unexpected server error. Check server logs for details." };
    const said =
      why === "model" ? "ProviderModelNotFoundError: Model not found: maker/no-such-model." : "the disk is full";
    return {
      lines: [{ type: "error", sessionID: session, error: { name: "UnknownError", data } }],
      stderr: `level=ERROR message=failed error="${said}"`,
    };
  },
  lost: () => [],
  lostText: () => "Error: Session not found",
};

/** Every program's, by kind of agent. */
export const MOUTHS: Readonly<Record<string, Mouth>> = { "claude-code": claude, codex, opencode };
