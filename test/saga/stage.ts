// The real execution of activities; only what a step does is written here: it puts its effect into a world, or takes it
// back, and ends as its case says.
import { join } from "node:path";
import { activityInfo } from "@temporalio/activity";
import type { ActivityHandler } from "../../src/activities/activity-context.ts";
import { runActivity } from "../../src/activities/run-activity.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { openArtifactStore } from "../../src/artifacts/artifact-store.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import type { ActionResult, ActivityCall, ScriptCall } from "../../src/plan/activity.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { StepFailure } from "../../src/plan/step-failure.ts";
import { openStage, type Stage } from "../interpreter/open-stage.ts";
import type { Case } from "./cases.ts";
import { layersOf, nameOf } from "./expected.ts";

/** A run, and what has come of it outside. */
export interface World {
  readonly run: string;
  /** Effects as they happened, undos as they ended with what they were told. */
  readonly effects: string[];
  readonly undos: string[];
  /** Effects that are there. */
  readonly present: Set<string>;
  /** Resolved when the step that is to be cancelled, and the first undo, are under way. */
  readonly stepBegan: Promise<void>;
  readonly undoBegan: Promise<void>;
  /** Lets the first undo go on. */
  release(): void;
}

/** A stage on which cases are played. */
export interface SagaStage extends Pick<Stage, "connected" | "close"> {
  start(one: Case): Promise<World>;
}

type Scripted = World & { readonly one: Case; tellStep(): void; tellUndo(): void; readonly released: Promise<void> };

const STEP_TIMEOUT = "80ms";

export async function openSagaStage(cachedRuns = 400): Promise<SagaStage> {
  const worlds = new Map<string, Scripted>();
  const { connected, launch, close } = await openStage((dir) => {
    const resources = {
      store: openArtifactStore(join(dir, "artifacts")),
      ledger: () => openLedger(dir),
      env: {},
      projectDir: dir,
      stateDir: dir,
    };
    const perform = (call: ScriptCall) => {
      const world = worlds.get(activityInfo().workflowExecution?.workflowId ?? "") as Scripted;
      return runActivity(play(world) as ActivityHandler<ActivityCall, object>, call, resources);
    };
    return { perform, cachedRuns };
  });
  return {
    connected,
    close,
    async start(one) {
      const run = `saga-${worlds.size}`;
      const world = createWorld(run, one);
      worlds.set(run, world);
      await launch(run, compile(one));
      return world;
    },
  };
}

function createWorld(run: string, one: Case): Scripted {
  const [step, undo, release] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  if (!one.cancelAgain) release.resolve();
  return {
    run,
    one,
    effects: [],
    undos: [],
    present: new Set(),
    stepBegan: step.promise,
    tellStep: step.resolve,
    undoBegan: undo.promise,
    tellUndo: undo.resolve,
    released: release.promise,
    release: release.resolve,
  };
}

function play(world: Scripted): ActivityHandler<ScriptCall, Omit<ActionResult, "attempts">> {
  return async (call, { signal, resolve, attempt }) => {
    const { one } = world;
    const index = Number(call.stepId.slice(1));
    const name = nameOf(index);
    if (call.stepPath.endsWith("/undo")) {
      world.tellUndo();
      await world.released;
      const { outcome } = (await resolve(call.with)) as JsonObject;
      if (attempt === 1) world.undos.push(`${name} ${outcome as string}`);
      if (index === one.broken) throw new StepFailure("script/exit", "told to fail", { retryable: true });
      world.present.delete(name);
      return { output: null };
    }
    if (index === one.at && one.failure === "before") throw new StepFailure("script/exit", "told to fail");
    world.effects.push(name);
    world.present.add(name);
    if (index !== one.at) return { output: name };
    if (one.failure === "after") throw new StepFailure("script/exit", "told to fail");
    await besides(world, index);
    if (one.failure === "cancel") world.tellStep();
    await new Promise((_, reject) => {
      const stop = () => reject(signal.reason as Error);
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
    });
    return { output: null };
  };
}

/** Waits until the steps beside it have done their work. */
async function besides({ one, present }: Scripted, index: number): Promise<void> {
  const layers = layersOf(one);
  const others = layers.flatMap((layer, other) => (layer === layers[index] && other !== index ? [nameOf(other)] : []));
  while (!others.every((other) => present.has(other))) await new Promise(setImmediate);
}

function compile(one: Case) {
  const layers = layersOf(one);
  const steps = layers.map((layer, index) => {
    const needs = layers.flatMap((other, earlier) => (other === layer - 1 ? [nameOf(earlier)] : []));
    const undo =
      index === one.without
        ? "none"
        : '{ run: "-", with: { outcome: "${{ outcome }}" }, retry: { max-attempts: 2, initial-interval: 1ms } }';
    const timeout = index === one.at && one.failure === "timeout" ? `timeout: ${STEP_TIMEOUT}\n` : "";
    return `## ${nameOf(index)}\n\`\`\`bash run\n-\n\`\`\`\n\`\`\`yaml step\nneeds: [${needs.join(", ")}]\n${timeout}undo: ${undo}\n\`\`\`\n`;
  });
  const bytes = `---\non-failure: ${one.rollback ? "rollback" : "stop"}\n---\n${steps.join("")}`;
  const { plan, diagnostics } = compileWorkflow(
    { file: "saga.md", bytes },
    { agents: {}, tools: {}, env: {}, readFile: () => undefined },
  );
  if (plan === undefined) throw new Error(`${JSON.stringify(diagnostics)}\n${bytes}`);
  return plan;
}
