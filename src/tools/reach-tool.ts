import { createHash } from "node:crypto";
import { StepFailure } from "../plan/step-failure.ts";
import type { ToolSpec } from "../plan/plan.ts";
import type { ToolContext, ToolKind } from "./tool-kind.ts";
import { loadToolKind } from "./tool-kinds.ts";

/** Makes the context of one tool; the caller knows how to resolve its environment. */
export type ContextFor = (name: string, spec: ToolSpec) => Promise<ToolContext>;

/** One of the ways to a tool. */
export interface ToolWay {
  readonly kind: ToolKind;
  readonly context: ToolContext;
  /** Name of the tool; of a fallback with what tells it from others, in whatever place an agent has it. */
  readonly way: string;
}

/**
 * Does something with a tool in the first of its ways that can be reached: what was never reached has done nothing. Throws
 * what `act` throws; where no way can be reached, what was wrong with each.
 */
export async function reachTool<T>(
  { name, spec }: { readonly name: string; readonly spec: ToolSpec },
  contextFor: ContextFor,
  act: (way: ToolWay) => Promise<T>,
): Promise<T> {
  const { fallbacks = [], ...first } = spec;
  const unreachable: StepFailure[] = [];
  for (const [index, one] of [first, ...fallbacks].entries()) {
    const kind = await loadToolKind(one.kind);
    const way = index === 0 ? name : `${name}~${markOf(one)}`;
    try {
      return await act({ kind, context: await contextFor(name, one), way });
    } catch (error) {
      if (!(error instanceof StepFailure && error.code === "tool/unreachable")) throw error;
      unreachable.push(error);
    }
  }
  const [only] = unreachable;
  if (unreachable.length === 1) throw only;
  const reasons = unreachable.map(({ message }) => message).join("; ");
  throw new StepFailure("tool/unreachable", `no way to ${name} works: ${reasons}`, { retryable: true });
}

/** The same for the same server: agents try those that suit them in orders of their own. */
function markOf({ kind, command, args, url, file }: ToolSpec): string {
  const server = JSON.stringify([kind, command, args, url, file?.sha256]);
  return createHash("sha256").update(server).digest("base64url").slice(0, 12);
}
