import { isJsonObject, type JsonObject } from "../plan/json.ts";
import type { ToolSpec } from "../plan/plan.ts";
import { closeTools } from "./close-tools.ts";
import type { ToolContext, ToolDefinition } from "./tool-kind.ts";
import { loadToolKind } from "./tool-kinds.ts";

/** One tool as found by asking it. */
export interface ReadTool {
  readonly name: string;
  readonly kind: string;
  readonly state: "ok" | "unreachable";
  readonly reason?: string;
  readonly operations: readonly ToolDefinition[];
}

const TIMEOUT_MS = 10_000;

/** Asks every tool for its operations, all at once; a tool that does not answer is `unreachable`. */
export async function readTools(
  tools: { readonly [name: string]: ToolSpec },
  place: {
    readonly env: ToolContext["ownEnv"];
    readonly projectDir: string;
    readonly stateDir: string;
    /** Content of the files that tools name, by SHA-256. */
    readonly files: ReadonlyMap<string, Uint8Array>;
  },
): Promise<readonly ReadTool[]> {
  try {
    return await Promise.all(Object.entries(tools).map(([name, spec]) => readTool({ ...place, name, spec })));
  } finally {
    await closeTools();
  }
}

async function readTool({
  name,
  spec,
  env,
  projectDir,
  stateDir,
  files,
}: {
  readonly name: string;
  readonly spec: ToolSpec;
  readonly env: ToolContext["ownEnv"];
  readonly projectDir: string;
  readonly stateDir: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}): Promise<ReadTool> {
  const context: ToolContext = {
    name,
    spec,
    projectDir,
    stateDir,
    ownEnv: env,
    given: givenOf(spec, env),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    readFile: async (sha256) => files.get(sha256) as Uint8Array,
    resolve: () => Promise.reject(new Error("no secret is needed to describe a tool")),
  };
  try {
    const kind = await loadToolKind(spec.kind);
    return { name, kind: spec.kind, state: "ok", operations: await kind.describe(context) };
  } catch (error) {
    return {
      name,
      kind: spec.kind,
      state: "unreachable",
      reason: error instanceof Error ? error.message : String(error),
      operations: [],
    };
  }
}

function givenOf(spec: ToolSpec, env: ToolContext["ownEnv"]): JsonObject {
  const entries = Object.entries(spec.env ?? {}).map(([name, value]) => {
    if (typeof value !== "object") return [name, String(value)];
    const secret = isJsonObject(value) ? value["$secret"] : undefined;
    return [name, typeof secret === "string" ? (env[secret] ?? "") : ""];
  });
  return Object.fromEntries(entries) as JsonObject;
}
