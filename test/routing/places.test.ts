// Places of calls over the death of their worker, with real workers that are really killed.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stopRun } from "../../src/client/stop-run.ts";
import { type Ledger, openLedger } from "../../src/ledger/open-ledger.ts";
import { PLACE_LEASE_MS } from "../../src/ledger/places.ts";
import { type FakeApi, startFakeApi } from "../agents/fake-api.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let api: FakeApi;
let project: TestProject;
let ledger: Ledger;

beforeAll(async () => {
  process.env["PLACES_KEY"] = "none";
  api = await startFakeApi();
  const agent = `kind: openai, base-url: "${api.url}/v1", model: narrow, api-key-env: PLACES_KEY, rate: { max-parallel: 1 }`;
  project = await openProject({
    "aiworkflow.yaml": `agents:\n  narrow: { ${agent} }\n`,
    "tools/lathe.sh": '#!/bin/bash\ndate +%s%3N >> turned\nsleep "$seconds"\n',
    "tools/lathe.yaml": "operations:\n  turn: { effect: read, concurrency: 1, timeout: 1m }\n",
  });
  ledger = openLedger(join(project.dir, ".aiworkflow", "artifacts"));
});
afterAll(async () => {
  ledger.close();
  await project.close();
  await api.close();
});

const ask = "## Ask\nSay hello.\n```yaml step\nagent: narrow\n```\n";
const turn = (seconds: number) => `## Turn\n\`\`\`yaml step\nuses: lathe.turn\nwith: { seconds: ${seconds} }\n\`\`\`\n`;
const calls = () => api.requests.filter(({ body }) => body["model"] === "narrow");
const turned = () => project.read("turned").split("\n").filter(Boolean).map(Number);
const heldUntil = (name: string) =>
  ledger.db.prepare("SELECT until_ms FROM call_places WHERE name = ?").get(name)?.["until_ms"] as number | undefined;

describe("the place of a call", () => {
  test("is free again when its worker was killed and nobody goes on with the call, and not before", async () => {
    api.script({ hang: true }, { text: "At last." });
    const lost = [await project.start(ask), await project.start(turn(60))];
    await expect.poll(() => [calls().length, turned().length], { timeout: 20_000 }).toEqual([1, 1]);
    process.kill(project.worker.pid, "SIGKILL");
    // Before the next worker is there to make the calls again.
    for (const run of lost) await stopRun(project.connected, run, "lost");
    const untilMs = [heldUntil("agent narrow"), heldUntil("lathe.turn")];
    for (const until of untilMs) expect(until).toBeGreaterThan(Date.now());
    const runs = await Promise.all([project.start(ask), project.start(turn(0))]);
    const reports = await Promise.all(runs.map((run) => project.follow(run)));
    expect(reports.map(({ steps }) => [steps[0]?.status, steps[0]?.attempts])).toEqual([
      ["completed", 1],
      ["completed", 1],
    ]);
    expect([calls().length, turned().length]).toEqual([2, 2]);
    for (const [at, until] of [
      [calls()[1]?.atMs, untilMs[0]],
      [turned()[1], untilMs[1]],
    ]) {
      expect(at).toBeGreaterThanOrEqual(until as number);
      expect(at).toBeLessThan((until as number) + PLACE_LEASE_MS);
    }
  }, 60_000);

  test("is kept by a worker that lives, however long the call takes", async () => {
    const longMs = PLACE_LEASE_MS + 3000;
    api.script({ text: "Slowly.", delayMs: longMs }, { text: "Next." });
    const [before, turnedBefore] = [calls().length, turned().length];
    const first = [await project.start(ask), await project.start(turn(longMs / 1000))];
    await expect
      .poll(() => [calls().length, turned().length], { timeout: 20_000 })
      .toEqual([before + 1, turnedBefore + 1]);
    const second = [await project.start(ask), await project.start(turn(0))];
    for (const run of [...first, ...second]) expect((await project.follow(run)).steps[0]?.status).toBe("completed");
    const [slow, next] = calls().slice(before);
    expect((next?.atMs ?? 0) - (slow?.atMs ?? 0)).toBeGreaterThanOrEqual(longMs);
    const [slowTurn = 0, nextTurn = 0] = turned().slice(turnedBefore);
    expect(nextTurn - slowTurn).toBeGreaterThanOrEqual(longMs);
  }, 60_000);
});
