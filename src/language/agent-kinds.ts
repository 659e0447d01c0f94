/** What the entry of an agent may say, by its kind. */
export interface AgentKind {
  /** Keys besides those of every agent. */
  readonly keys: readonly string[];
  readonly needs?: readonly string[];
}

const OF_AN_API = ["max-tokens", "base-url", "api-key-env", "options"];
const OF_A_PROGRAM = ["command", "workdir", "permissions", "base-url", "api-key-env", "options"];

/** Every kind of agent that a file may name. */
export const agentKinds: Readonly<Record<string, AgentKind>> = {
  recorded: { keys: ["replies"], needs: ["replies"] },
  anthropic: { keys: OF_AN_API },
  openai: { keys: OF_AN_API },
  "openai-compatible": { keys: OF_AN_API, needs: ["base-url"] },
  "claude-code": { keys: [...OF_A_PROGRAM, "max-tokens"] },
  codex: { keys: OF_A_PROGRAM },
  opencode: { keys: OF_A_PROGRAM },
};

/** Names of the kinds. */
export const AGENT_KINDS: readonly string[] = Object.keys(agentKinds);

/** A provider of the project's own: it may take anything. */
export const OWN_KIND: AgentKind = { keys: OF_AN_API };

/** What other tools call a kind. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  ollama: "openai-compatible",
  "lm-studio": "openai-compatible",
  lmstudio: "openai-compatible",
  vllm: "openai-compatible",
  claude: "anthropic",
  gpt: "openai",
};

/** True where the kind of an agent is a file of the project. */
export function isOwnKind(kind: unknown): kind is string {
  return typeof kind === "string" && (/^\.{1,2}\//.test(kind) || /\.m?[jt]s$/.test(kind));
}
