import type { AgentSpec } from "../plan/agent-spec.ts";
import type { FileCollector } from "./compile/file-ref.ts";
import { parseProgramAgent, PROGRAM_KEYS } from "./parse-program-agent.ts";
import { checkKeys, type Reader } from "./reader.ts";

/** Kinds of agents. */
export const AGENT_KINDS = ["recorded", "anthropic", "openai", "claude-code", "codex", "opencode"] as const;
const LATER: Readonly<Record<string, string>> = {
  "openai-compatible": "use `kind: openai` with `base-url:`",
  ollama: "use `kind: openai` with `base-url: http://localhost:11434/v1`",
};
const KEYS = [
  "kind",
  "model",
  "system",
  "max-tokens",
  "base-url",
  "api-key-env",
  "replies",
  "options",
  ...PROGRAM_KEYS,
];

/** Reads one entry of `agents:`, the same in front matter and in aiworkflow.yaml. */
export function parseAgentSpec(
  reader: Reader,
  files: FileCollector,
  readFile: (path: string) => Uint8Array | undefined,
): AgentSpec | undefined {
  checkKeys(reader, {
    known: KEYS,
    unknownCode: "agent/bad-spec",
    synonyms: { provider: "kind", type: "kind", url: "base-url" },
  });
  const kind = reader.oneOf("kind", AGENT_KINDS, LATER);
  if (!reader.has("kind"))
    reader.complain("kind", {
      code: "agent/bad-spec",
      message: "an agent needs a kind",
      expected: AGENT_KINDS.join(" | "),
    });
  const path = reader.text("replies");
  const bytes = path === undefined ? undefined : readFile(path);
  if (path !== undefined && bytes === undefined)
    reader.complain("replies", { code: "config/no-file", message: `there is no file ${path}` });
  if (kind === "recorded" && !reader.has("replies"))
    reader.complain("kind", { code: "agent/bad-spec", message: "a recorded agent needs `replies: FILE`" });
  const maxTokens = reader.count("max-tokens");
  const text = {
    model: reader.text("model"),
    system: reader.text("system"),
    baseUrl: reader.text("base-url"),
    apiKeyEnv: reader.text("api-key-env"),
  };
  const options = reader.map("options")?.object;
  if (kind === undefined) return undefined;
  const program = parseProgramAgent(reader, kind);
  return {
    kind,
    ...Object.fromEntries(Object.entries(text).filter(([, value]) => value !== undefined)),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(path === undefined || bytes === undefined ? {} : { replies: files.add(path, bytes) }),
    ...program,
    ...(options === undefined ? {} : { options }),
  };
}
