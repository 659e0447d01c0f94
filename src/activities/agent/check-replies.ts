import { findLeftOver, parseReplies } from "../../agents/recorded-replies.ts";
import type { ActivityCall } from "../../plan/activity.ts";
import type { AgentSpec } from "../../plan/agent-spec.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import type { ActivityHandler } from "../activity-context.ts";

/** What a run used of a recorded agent. */
export interface RepliesCall extends ActivityCall {
  readonly agentName: string;
  readonly agent: AgentSpec;
  /** Replies used, by step path with item index. */
  readonly used: { readonly [path: string]: number };
  /** Paths of the steps that completed. */
  readonly ended: readonly string[];
}

/** Throws `StepFailure` `agent/left-over-reply` where the recording holds more than the run asked for. */
export const checkReplies: ActivityHandler<RepliesCall, object> = async (call, context) => {
  const { replies } = call.agent;
  if (replies === undefined) return {};
  const text = Buffer.from(await context.readFile(replies.sha256)).toString("utf8");
  const left = findLeftOver(parseReplies(text), call.used, call.ended);
  if (left === undefined) return {};
  throw new StepFailure(
    "agent/left-over-reply",
    `${replies.path}: reply ${left.index + 1} of step ${left.step} was never asked for`,
    { details: { step: left.step, index: left.index } },
  );
};
