import type { CarriedState } from "../plan/carried-state.ts";
import { unfoldPlan } from "../plan/fold-plan.ts";
import { isJsonObject } from "../plan/json.ts";
import { ENGINE } from "../plan/messages.ts";
import type { Step } from "../plan/step.ts";
import { type Caller, stubborn } from "./call-for-run.ts";
import { createRun } from "./create-run.ts";
import { fail } from "./failure-info.ts";
import type { Invocation } from "./invocation.ts";
import { loadSurely } from "./load-surely.ts";
import type { PartArguments, PartCommon } from "./part-messages.ts";
import { unpackState } from "./pack-state.ts";
import type { RunState, StepState } from "./run-state.ts";
import { takeUp } from "./set-aside.ts";
import { openUplink } from "./uplink.ts";

/**
 * The state of a part, which acts in the name of its run: the invocation whose items it has, and its work as `loadWork` gives it.
 * Throws `ApplicationFailure` `run/bad-arguments`, `run/newer-engine`, and what activities throw.
 */
export async function openPart<T>(
  args: PartArguments,
  loadWork: (caller: Caller) => Promise<T>,
): Promise<readonly [Invocation, T]> {
  if (!isJsonObject(args) || !isJsonObject(args.run) || !isJsonObject(args.common) || !isJsonObject(args.work))
    throw fail("run/bad-arguments", "a part of a loop is started by its run only");
  if (args.engine > ENGINE)
    throw fail("run/newer-engine", `this part needs engine ${args.engine}; this worker has ${ENGINE}`);
  const load = async (caller: Caller) => {
    const [common, carried] = await Promise.all([
      takeUp<PartCommon>(caller, `${args.part}/common`, args.common),
      findCarried(caller, args),
    ]);
    return { common, carried, loaded: await loadWork(caller) };
  };
  const caller = { id: args.run.id, projectDir: args.projectDir };
  const { common, carried, loaded } = await (hasBegun(args)
    ? loadSurely(caller, load)
    : load("undo" in args.work ? stubborn(caller) : caller));
  const plan = unfoldPlan(common.plan);
  const { prefix, inLoop, names, path, title, index, itemIndex, inputs, steps } = common;
  const { projectDir } = args;
  const root = { prefix, inLoop, names, scope: steps, itemIndex: itemIndex ?? undefined };
  const start = { engine: ENGINE, plan, inputs, projectDir };
  const base = createRun({ plan, inputs, carried }, start, { run: args.run, root });
  Object.assign(base.pins, args.pins);
  for (const [agent, untilMs] of args.restingUntil ?? []) base.restingUntil.set(agent, untilMs);
  const run: RunState = { ...base, uplink: openUplink(args.part, () => run) };
  const step = plan.steps[0] as Step;
  const state = run.steps.get(step.id) as StepState;
  return [{ run, frame: run.root, step, state, path, title, index: index ?? undefined, names }, loaded];
}

function hasBegun({ work }: PartArguments): boolean {
  return !("undo" in work) && (work.carried ?? work.suspended) !== undefined;
}

/** Where the part goes on, if it has begun before. */
async function findCarried(caller: Caller, { part, work }: PartArguments): Promise<CarriedState | undefined> {
  if ("undo" in work) return undefined;
  if (work.carried !== undefined) return unpackState(caller, work.carried);
  if (work.suspended === undefined) return undefined;
  const carried = await takeUp<CarriedState>(caller, `${part}/suspended`, work.suspended);
  // It was its run that waited, and begins its parts only while it does not.
  return { ...carried, paused: false };
}
