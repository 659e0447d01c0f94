import { openArtifactStore } from "../artifacts/artifact-store.ts";
import { keepValue } from "../artifacts/keep-value.ts";
import { packCarried } from "../history/pack-carried.ts";
import { programsOf } from "../expressions/render-template.ts";
import { grantedTools, subAgentsOf } from "../plan/agent-loop.ts";
import type { CarriedState } from "../plan/carried-state.ts";
import { DATA_KEYS } from "../plan/data-keys.ts";
import { hasEffect } from "../plan/has-effect.ts";
import { isJsonObject, type JsonObject } from "../plan/json.ts";
import { ENGINE, TASK_QUEUE } from "../plan/messages.ts";
import type { Plan } from "../plan/plan.ts";
import { listSteps } from "../plan/list-steps.ts";
import { agentsOfStep } from "../plan/route.ts";
import type { Step } from "../plan/step.ts";
import type { Template } from "../plan/template.ts";
import { NO_USAGE } from "../plan/usage.ts";
import type { Connected } from "./connect-client.ts";
import { packPlan } from "./pack-plan.ts";
import { createRunId, launchRun } from "./start-run.ts";

/** What a fork would do. Ids of steps of the first level. */
export interface ForkPlan {
  /** Their results are taken over. */
  readonly reused: readonly string[];
  /** They run, and why. */
  readonly again: readonly { readonly id: string; readonly why: string; readonly repeatsEffect: boolean }[];
}

/**
 * Decides which results a new run may take over: of steps whose definition and inputs are the same, that do not come at
 * or after `from`, and that need no step which runs again.
 */
export function planFork(
  before: { readonly plan: Plan; readonly inputs: JsonObject; readonly state: CarriedState },
  after: { readonly plan: Plan; readonly inputs: JsonObject; readonly from: string | undefined },
): ForkPlan {
  const old = new Map(before.plan.steps.map((step) => [step.id, step]));
  const ended = new Map(before.state.frames.find(({ prefix }) => prefix === "")?.ended);
  const begun = new Map(before.state.steps.map((step) => [step.id, step]));
  const changed = new Set(
    Object.keys({ ...before.inputs, ...after.inputs }).filter(
      (name) => JSON.stringify(before.inputs[name]) !== JSON.stringify(after.inputs[name]),
    ),
  );
  const reused = new Set<string>();
  const again: { id: string; why: string; repeatsEffect: boolean }[] = [];
  let isAfter = false;
  /** Undefined where the result may be taken over. */
  const whyAgain = (step: Step): string | undefined => {
    const known = old.get(step.id);
    if (isAfter) return "it comes at or after the step to begin with";
    if (known === undefined) return "it is new";
    const status = ended.get(step.id)?.status;
    if (status !== "completed" && status !== "skipped") return `it is ${status ?? "not done"}`;
    if (definitionOf(step, after.plan) !== definitionOf(known, before.plan)) return "its definition has changed";
    const needed = step.needs.find((id) => !reused.has(id));
    if (needed !== undefined) return `it needs ${needed}`;
    const input = inputsOf(step).find((name) => changed.has(name));
    return input === undefined ? undefined : `the input ${input} has changed`;
  };
  for (const step of after.plan.steps) {
    isAfter ||= step.id === after.from;
    const why = whyAgain(step);
    if (why === undefined) reused.add(step.id);
    else again.push({ id: step.id, why, repeatsEffect: hasEffect(step) && begun.has(step.id) });
  }
  return { reused: [...reused], again };
}

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
    startedAtMs: Date.now(),
    steps: state.steps.filter(({ id }) => inside.has(id)),
    frames: [{ prefix: "", ended: (top?.ended ?? []).filter(([id]) => reused.has(id)), halted: false, error: null }],
    loops: [],
    deadlines: [],
    openApprovals: [],
    closedApprovals: [],
    earlyVotes: [],
    signals: [],
    skips: [],
    undoLog: [],
    clock: 0,
    paused: false,
    notices: [`forked from ${request.of}: took over ${[...reused].join(", ") || "nothing"}`],
    repliesUsed: Object.fromEntries(replies),
    usage: NO_USAGE,
    waitedMs: 0,
    isFork: true,
  };
  return launchRun(connected, {
    run: request.run ?? createRunId(plan.name),
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

/** What makes a step what it is: all but its place in the file and its words for people. */
function definitionOf(step: Step, plan: Plan): string {
  const parts = listSteps({ steps: [step] });
  const agents = parts.flatMap((part) => agentsOfStep(part).map((name) => plan.agents[name]));
  const tools = parts.flatMap((part) => (part.kind === "tool" ? [plan.tools[part.tool]] : []));
  const asked = parts.flatMap(subAgentsOf).map((name) => plan.agents[name]);
  const granted = parts.flatMap(grantedTools).map((name) => plan.tools[name]);
  return JSON.stringify([canonical(step), agents, tools, asked, granted, plan.env]);
}

function canonical(value: unknown, isData = false): unknown {
  if (Array.isArray(value)) return value.map((item) => canonical(item, isData));
  if (!isJsonObject(value)) return value;
  const isStep = !isData && isJsonObject(value["source"]);
  const keys = Object.keys(value).filter((key) => !isStep || (key !== "source" && key !== "description"));
  return Object.fromEntries(keys.sort().map((key) => [key, canonical(value[key], isData || DATA_KEYS.has(key))]));
}

/** The run's inputs that expressions of the step name. */
function inputsOf(step: Step): readonly string[] {
  const truths = listSteps({ steps: [step] }).flatMap((part) => [
    part.if,
    part.forEach?.items,
    part.repeat?.until,
    part.verify,
  ]);
  const programs = programsOf([
    step,
    ...truths.flatMap((cel) => (typeof cel === "string" ? [{ $expr: cel }] : [])),
  ] as unknown as Template);
  return programs.flatMap(({ references }) =>
    references.flatMap(({ path: [root, name] }) => (root === "inputs" && name !== undefined ? [name] : [])),
  );
}
