import type { AgentStep } from "../../plan/step.ts";
import type { Invocation } from "../invocation.ts";

/** How many replies of a recorded agent the step, or its item, has used so far. */
export function usedReplies(invocation: Invocation<AgentStep>, agent: string): number {
  return invocation.run.repliesUsed[agent]?.[replyKey(invocation)] ?? 0;
}

/** Notes how many it has used now. */
export function noteReplies(invocation: Invocation<AgentStep>, agent: string, used: number): void {
  (invocation.run.repliesUsed[agent] ??= {})[replyKey(invocation)] = used;
}

/** Replies are counted by step and item; rounds of a repeat go on where the last one was. */
function replyKey({ step, index }: Invocation<AgentStep>): string {
  return index === undefined ? step.path : `${step.path}[${index}]`;
}
