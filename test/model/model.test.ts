// The interpreter against the reference, on workflows that nobody wrote. `FUZZ_RUNS` sets how many; a failing case prints its
// seed, and path; `FUZZ_SEED` and `FUZZ_PATH` run it again; with `FUZZ_SHRINK` it is made smaller, which takes minutes.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isReplayed } from "../interpreter/replayed.ts";
import { compare } from "./compare.ts";
import { anyShape } from "./shape.ts";
import { openScriptedStage, type ScriptedStage } from "./stage.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? (isReplayed ? 80 : 200));
const LANES = process.env["FUZZ_SEED"] === undefined ? 4 : 1;
const SEED = Number(process.env["FUZZ_SEED"] ?? 20261124);

const PATH = process.env["FUZZ_PATH"];

let stage: ScriptedStage;
beforeAll(async () => {
  stage = await openScriptedStage({ cachedRuns: Number(process.env["AIWORKFLOW_CACHED_RUNS"] ?? 200) });
});
afterAll(() => stage.close());

const script = fc.record({
  choices: fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }),
  cancelAt: fc.constantFrom(-1, -1, -1, -1, 0, 1, 2, 4),
});

test.concurrent.each(Array.from({ length: LANES }, (_, lane) => SEED + lane))(
  "interpreter and model do the same, seed %i",
  async (seed) => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(anyShape, script, async (shape, choices) => {
        count += 1;
        await compare(stage, shape, choices);
      }),
      {
        ...(PATH === undefined ? {} : { path: PATH }),
        seed,
        numRuns: Math.ceil(RUNS / LANES),
        endOnFailure: process.env["FUZZ_SHRINK"] === undefined,
      },
    );
    expect(count).toBeGreaterThan(0);
  },
  1_000_000,
);
