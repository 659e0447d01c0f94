import { resolve } from "node:path";
import { expect, test } from "vitest";
import { runCampaign } from "../../bench/crash/campaign.ts";

const programs = { cli: resolve("src/cli/main.ts"), worker: resolve("src/worker/worker-main.ts") };
/** On a machine that is busy with something else there are fewer kills. */
const LIMIT_MS = 35_000;

test(
  "twenty killed workers and a killed server lose nothing, double nothing and leave nothing",
  { timeout: 240_000 },
  async () => {
    const lines: string[] = [];
    const result = await runCampaign({
      seed: 20,
      kills: 20,
      restarts: 1,
      deadlineMs: Date.now() + LIMIT_MS,
      isSupervised: true,
      programs,
      cancels: 1,
      say: (line) => lines.push(line),
    });
    expect(result.findings, lines.join("\n")).toEqual([]);
    expect(result.orphans).toEqual([]);
    expect(result.leftOver).toEqual([]);
    expect(result.gaveUp).toBe(0);
    expect(result.ended).toBe(result.accepted);
    expect(result.kills).toBeGreaterThan(3);
  },
);
