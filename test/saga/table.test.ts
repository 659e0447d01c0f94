// Every way in which a run of up to five steps fails and is taken back, on the real interpreter: what it says of itself, in
// all places, is what has happened.
import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { readReport } from "../../src/client/read-report.ts";
import { exitOfRun } from "../../src/cli/exit-codes.ts";
import { STATUS_ATTRIBUTE } from "../../src/plan/search-attributes.ts";
import { type Case, listCases } from "./cases.ts";
import { expectedOf, layersOf, nameOf, type Told } from "./expected.ts";
import { openSagaStage, type SagaStage, type World } from "./stage.ts";

const AT_ONCE = 24;

let stage: SagaStage;
beforeAll(async () => {
  stage = await openSagaStage(Number(process.env["AIWORKFLOW_CACHED_RUNS"] ?? 400));
});
afterAll(() => stage.close());

const cases = listCases();

test("the table is whole", () => {
  const ends = new Set(cases.map((one) => expectedOf(one).status));
  expect([...ends].sort()).toEqual([
    "cancelled",
    "compensated",
    "compensation-incomplete",
    "completed",
    "failed",
    "outcome-unknown",
  ]);
  expect(new Set(cases.map((one) => JSON.stringify(one))).size).toBe(cases.length);
});

test(`${cases.length} runs say what has happened`, { timeout: 900_000 }, async () => {
  const left = cases.map((one) => ({ one, expected: expectedOf(one) }));
  const wrong: { one: string; told: unknown; expected: Told }[] = [];
  const lane = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { one, expected } = next;
      const told = await play(one);
      const same = JSON.stringify(told) === JSON.stringify({ ...expected, attribute: expected.status });
      if (!same) wrong.push({ one: JSON.stringify(one), told, expected });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  expect(wrong).toEqual([]);
});

async function play(one: Case): Promise<Told & { readonly attribute: unknown }> {
  const { connected } = stage;
  const world = await stage.start(one);
  const { run } = world;
  if (one.failure === "cancel") {
    await world.stepBegan;
    await cancelRun(connected, run);
  }
  if (one.cancelAgain) {
    await world.undoBegan;
    await cancelRun(connected, run);
    world.release();
  }
  const handle = connected.client.workflow.getHandle(run);
  await handle.result().catch(() => undefined);
  const [report, description] = await Promise.all([readReport(connected, run), handle.describe()]);
  return {
    status: report.status,
    execution: description.status.name as Told["execution"],
    exitCode: exitOfRun(report),
    error: report.error && { code: report.error.code, step: report.error.step },
    steps: report.steps.map(({ status }) => status),
    unfinished: report.unfinished.map(({ step, code }) => `${step} ${code}`),
    effects: inLayers(one, world.effects),
    undos: inLayers(one, world.undos),
    left: leftOf(world, one),
    attribute: description.searchAttributes[STATUS_ATTRIBUTE]?.[0],
  };
}

/** What went side by side has no order: it is put in the order of numbers, and nothing else is. */
function inLayers(one: Case, events: readonly string[]): readonly string[] {
  const layers = layersOf(one);
  const layerOf = (event: string) => layers[Number(event.slice(1).split(" ", 1)[0])];
  const sorted: string[] = [];
  let layer: string[] = [];
  for (const event of events) {
    if (layer.length > 0 && layerOf(layer[0] as string) !== layerOf(event)) {
      sorted.push(...layer.sort());
      layer = [];
    }
    layer.push(event);
  }
  return [...sorted, ...layer.sort()];
}

function leftOf({ present }: World, one: Case): readonly string[] {
  return layersOf(one)
    .map((_, index) => nameOf(index))
    .filter((name) => present.has(name));
}
