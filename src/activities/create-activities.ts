import { activityInfo, ApplicationFailure } from "@temporalio/activity";
import type { ActivityCall } from "../plan/activity.ts";
import type { ActivityHandler } from "./activity-context.ts";
import { askForPlace } from "./ask-for-place.ts";
import { chooseAgent } from "./agent/choose-agent.ts";
import { callAgent } from "./agent/call-agent.ts";
import { callTool } from "./call-tool.ts";
import { checkReplies } from "./agent/check-replies.ts";
import { evaluateValue } from "./evaluate.ts";
import { keep } from "./keep.ts";
import { joinListParts, keepListParts, loadListPart } from "./list-parts.ts";
import { load } from "./load.ts";
import { readUndo } from "./read-undo.ts";
import { runActivity } from "./run-activity.ts";
import { runScript } from "./run-script.ts";
import { sealTurn } from "./agent/seal-turn.ts";
import type { WorkerResources } from "./worker-resources.ts";

/** Types with one word, and the words before the colon of `word:NAME`. */
const HANDLERS: { readonly [word: string]: ActivityHandler<never, object> } = {
  agent: callAgent,
  "choose-agent": chooseAgent,
  seal: sealTurn,
  script: runScript,
  evaluate: evaluateValue,
  load,
  keep,
  "keep-parts": keepListParts,
  "load-part": loadListPart,
  "join-parts": joinListParts,
  "check-replies": checkReplies,
  "ask-for-place": askForPlace,
  "read-undo": readUndo,
};

/** Told of every activity that begins and ends, so that a supervisor can clean up behind a dead worker. */
export interface ActivityObserver {
  begun(activity: RunningActivity): void;
  ended(activity: RunningActivity): void;
}

/** Names one activity to the server. */
export interface RunningActivity {
  readonly workflowId: string;
  readonly runId: string;
  readonly activityId: string;
}

/**
 * The one activity that serves every type: `agent:NAME`, `script`, `TOOL.OPERATION`… An unknown type fails at once with
 * `activity/unknown-type`.
 */
export function createActivities(
  resources: WorkerResources,
  observer?: ActivityObserver,
): { readonly default: (call: ActivityCall) => Promise<object> } {
  return {
    default: async (call) => {
      const { activityType, activityId, workflowExecution } = activityInfo();
      const handler = findHandler(activityType);
      if (handler === undefined) throw unknownType(activityType);
      const running = { workflowId: "", runId: "", ...workflowExecution, activityId };
      observer?.begun(running);
      try {
        return await runActivity(handler as ActivityHandler<ActivityCall, object>, call, resources);
      } finally {
        observer?.ended(running);
      }
    },
  };
}

function findHandler(type: string): ActivityHandler<never, object> | undefined {
  const word = type.split(":", 1)[0] as string;
  if (Object.hasOwn(HANDLERS, word)) return HANDLERS[word];
  return /^[^.:]+\.[^:]+$/.test(type) ? callTool : undefined;
}

function unknownType(type: string): ApplicationFailure {
  const failure = ApplicationFailure.create({
    type: "activity/unknown-type",
    message: `this worker has no activity of type ${type}: the plan may come from a newer version`,
    nonRetryable: true,
  });
  failure.stack = "";
  return failure;
}
