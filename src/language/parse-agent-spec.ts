import type { AgentSpec } from "../plan/agent-spec.ts";
import { AGENT_KINDS, agentKinds, isOwnKind, OTHER_NAMES, OWN_KIND } from "./agent-kinds.ts";
import type { FileCollector } from "./compile/file-ref.ts";
import { parsePrice } from "./costs/parse-price.ts";
import { parseAgentProfile, PROFILE_KEYS } from "./parse-agent-profile.ts";
import { parseProgramAgent } from "./parse-program-agent.ts";
import { parseCapabilitySet } from "./parse-capabilities.ts";
import { checkKeys, type Reader } from "./reader.ts";

const KEYS = ["kind", "model", "system", "capabilities", "price", ...PROFILE_KEYS];

/** Reads one entry of `agents:`, the same in front matter and in aiworkflow.yaml. */
export function parseAgentSpec(
  reader: Reader,
  files: FileCollector,
  readFile: (path: string) => Uint8Array | undefined,
): AgentSpec | undefined {
  const kind = readKind(reader);
  checkEntry(reader, kind);
  const file = (key: string) => {
    const path = reader.text(key);
    const bytes = path === undefined ? undefined : readFile(path);
    if (path !== undefined && bytes === undefined)
      reader.complain(key, { code: "config/no-file", message: `there is no file ${path}` });
    return path === undefined || bytes === undefined ? undefined : files.add(path, bytes);
  };
  const capabilities = reader.map("capabilities");
  const priced = reader.map("price", "price/bad-value");
  const values = {
    module: isOwnKind(kind) ? file("kind") : undefined,
    model: reader.text("model"),
    system: reader.text("system"),
    baseUrl: reader.text("base-url"),
    apiKeyEnv: reader.text("api-key-env"),
    maxTokens: reader.count("max-tokens"),
    replies: file("replies"),
    options: reader.map("options")?.object,
    price: priced === undefined ? undefined : parsePrice(priced),
    capabilities: capabilities === undefined ? undefined : parseCapabilitySet(capabilities),
    ...(kind === undefined ? {} : parseProgramAgent(reader, kind)),
  };
  if (kind === undefined) return undefined;
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  return { kind, ...Object.fromEntries(set), ...parseAgentProfile(reader) };
}

function readKind(reader: Reader): string | undefined {
  const written = reader.raw("kind");
  if (isOwnKind(written)) return written;
  const known = typeof written === "string" && Object.hasOwn(OTHER_NAMES, written) ? OTHER_NAMES[written] : undefined;
  if (known !== undefined) {
    const message = `there is no kind ${JSON.stringify(written)}`;
    reader.complain("kind", { code: "agent/bad-spec", message, hint: `write \`kind: ${known}\`` });
    return undefined;
  }
  if (!reader.has("kind"))
    reader.complain("kind", {
      code: "agent/bad-spec",
      message: "an agent needs a kind",
      expected: `${AGENT_KINDS.join(" | ")} | ./FILE.ts`,
    });
  return reader.oneOf("kind", AGENT_KINDS);
}

/** A key that is of no use to the kind is refused, not passed over. */
function checkEntry(reader: Reader, kind: string | undefined): void {
  const everyKey = [...new Set([...KEYS, ...Object.values(agentKinds).flatMap(({ keys }) => keys)])];
  checkKeys(reader, {
    known: everyKey,
    unknownCode: "agent/bad-spec",
    synonyms: { provider: "kind", type: "kind", url: "base-url" },
  });
  if (kind === undefined) return;
  const { keys, needs = [] } = (Object.hasOwn(agentKinds, kind) ? agentKinds[kind] : undefined) ?? OWN_KIND;
  for (const key of everyKey)
    if (reader.has(key) && !KEYS.includes(key) && !keys.includes(key))
      reader.complain(
        key,
        { code: "agent/bad-spec", message: `an agent of kind ${kind} has no ${key}`, hint: "remove the key" },
        "key",
      );
  for (const key of needs)
    if (!reader.has(key))
      reader.complain("kind", { code: "agent/bad-spec", message: `an agent of kind ${kind} needs \`${key}:\`` });
}
