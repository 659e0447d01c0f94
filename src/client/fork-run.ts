import { openArtifactStore } from "../artifacts/artifact-store.ts";
import { keepValue } from "../artifacts/keep-value.ts";
import { packCarried } from "../history/pack-carried.ts";
import { blankState, type CarriedState } from "../plan/carried-state.ts";
import type { JsonObject } from "../plan/json.ts";
import { ENGINE, TASK_QUEUE } from "../plan/messages.ts";
import type { Plan } from "../plan/plan.ts";
import { listSteps } from "../plan/list-steps.ts";
import type { Connected } from "./connect-client.ts";
import { packPlan } from "./pack-plan.ts";
import { launchRun } from "./start-run.ts";

/** Starts the fork. The steps taken over are not its own: it does not undo them. */
export async function forkRun(
  connected: Connected,
  request: {
    readonly of: string;
    readonly plan: Plan;
    readonly inputs: JsonObject;
    readonly state: CarriedState;
    readonly reused: readonly string[];
    readonly projectDir: string;
    readonly files: ReadonlyMap<string, Uint8Array>;
    readonly storeDir: string;
    readonly taskQueue?: string;
    readonly run?: string;
  },
): Promise<{ readonly run: string }> {
  const { plan, inputs, state, projectDir } = request;
  const store = openArtifactStore(request.storeDir);
  await Promise.all([...request.files.values()].map((bytes) => store.put(bytes)));
  const reused = new Set(request.reused);
  const inside = new Set(listSteps({ steps: plan.steps.filter(({ id }) => reused.has(id)) }).map(({ id }) => id));
  const top = state.frames.find(({ prefix }) => prefix === "");
  const replies = Object.entries(state.repliesUsed).map(([agent, used]) => [
    agent,
    Object.fromEntries(Object.entries(used).filter(([path]) => reused.has(path.split(/[.[]/, 1)[0] as string))),
  ]);
  const carried: CarriedState = {
    ...blankState(),
    steps: state.steps.filter(({ id }) => inside.has(id)),
    frames: [{ prefix: "", ended: (top?.ended ?? []).filter(([id]) => reused.has(id)), halted: false, error: null }],
    notices: [`forked from ${request.of}: took over ${[...reused].join(", ") || "nothing"}`],
    repliesUsed: Object.fromEntries(replies),
    isFork: true,
  };
  return launchRun(connected, {
    ...(request.run === undefined ? {} : { run: request.run }),
    plan,
    args: {
      engine: ENGINE,
      plan: await packPlan(plan, store),
      inputs,
      projectDir,
      carried: await packCarried(carried, (text) => keepValue(store, text)),
    },
    taskQueue: request.taskQueue ?? TASK_QUEUE,
    inputs,
    memo: { forkOf: request.of },
  });
}
