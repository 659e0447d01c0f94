import type { ToolSpec } from "../plan/plan.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { closeTools } from "./close-tools.ts";
import { createLocalContext, type LocalPlace } from "./local-context.ts";
import type { ToolDefinition } from "./tool-kind.ts";
import { loadToolKind } from "./tool-kinds.ts";

/** A tool whose ways are to be asked, in the order in which they are tried. */
export interface ToolToRead {
  readonly description?: string;
  readonly category?: string;
  readonly implementations: readonly { readonly spec: ToolSpec; readonly enabled: boolean }[];
}

/** One way to a tool as found by asking it. */
export interface ReadWay {
  readonly kind: string;
  readonly state: "ok" | "unreachable" | "off";
  readonly reason?: string;
  readonly operations: readonly ReadOperation[];
}

/** An operation with what the project declares of it. */
export type ReadOperation = Omit<ToolDefinition, "tool"> &
  Pick<ToolSpec["operations"][string], "effect" | "timeoutMs" | "usd" | "limits">;

/** One tool: its first way that works, and all of them where there are several. */
export interface ReadTool extends ReadWay {
  readonly name: string;
  readonly category?: string;
  readonly description?: string;
  readonly implementations?: readonly Omit<ReadWay, "operations">[];
}

const TIMEOUT_MS = 10_000;

/** Asks every tool for its operations, all at once; a tool that does not answer is `unreachable`. */
export async function readTools(
  tools: { readonly [name: string]: ToolToRead },
  place: Omit<LocalPlace, "signal">,
): Promise<readonly ReadTool[]> {
  try {
    return await Promise.all(Object.entries(tools).map(([name, tool]) => readTool(name, tool, place)));
  } finally {
    await closeTools();
  }
}

async function readTool(name: string, tool: ToolToRead, place: Omit<LocalPlace, "signal">): Promise<ReadTool> {
  const { implementations, description, category } = tool;
  const ways = await Promise.all(
    implementations.map(async ({ spec, enabled }): Promise<ReadWay> =>
      enabled ? readWay(name, spec, place) : { kind: spec.kind, state: "off", operations: [] },
    ),
  );
  const chosen = ways.find(({ state }) => state === "ok") ?? ways.find(({ state }) => state !== "off") ?? ways[0];
  const all = ways.map(({ kind, state, reason }) => ({ kind, state, ...(reason === undefined ? {} : { reason }) }));
  return {
    name,
    ...(category === undefined ? {} : { category }),
    ...(description === undefined ? {} : { description }),
    ...(chosen as ReadWay),
    ...(ways.length === 1 ? {} : { implementations: all }),
  };
}

async function readWay(name: string, spec: ToolSpec, place: Omit<LocalPlace, "signal">): Promise<ReadWay> {
  const { kind: word } = spec;
  try {
    const kind = await loadToolKind(word);
    const context = createLocalContext(name, spec, { ...place, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const told = await kind.describe(context);
    return { kind: word, state: "ok", operations: told.map((one) => withDeclared(one, spec)) };
  } catch (error) {
    return { kind: word, state: "unreachable", reason: reasonOf(error), operations: [] };
  }
}

function withDeclared({ operation, description, parameters }: ToolDefinition, spec: ToolSpec): ReadOperation {
  return { operation, description, parameters, ...spec.operations[operation] };
}

function reasonOf(error: unknown): string {
  if (error instanceof StepFailure) return error.message;
  if (error instanceof Error && error.name === "TimeoutError") return `did not answer within ${TIMEOUT_MS / 1000} s`;
  return error instanceof Error ? error.message : String(error);
}
