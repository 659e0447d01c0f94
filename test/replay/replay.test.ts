import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ENGINE } from "../../src/plan/messages.ts";
import { readHistoryFile, replayHistory } from "../../src/worker/replay-history.ts";
import { replayCases } from "./cases.ts";

const here = import.meta.dirname;
const files = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));

test("every case has its history of this engine; `node test/replay/record.ts` records what is missing", () => {
  const wanted = Object.keys(replayCases).map((name) => `engine-${ENGINE}/${name.replaceAll(" ", "-")}.json`);
  expect(wanted.filter((name) => !files.includes(name))).toEqual([]);
});

describe("recorded histories", () => {
  test.each(files)("%s fits this build", async (name) => {
    expect(await replayHistory(await readHistoryFile(join(here, name)))).toBeUndefined();
  });
});

test("an interpreter that does something else is found out", async () => {
  const history = (await readHistoryFile(join(here, `engine-${ENGINE}`, "script-completed.json"))) as {
    events: { activityTaskScheduledEventAttributes?: { activityId: string } }[];
  };
  for (const { activityTaskScheduledEventAttributes: scheduled } of history.events)
    if (scheduled?.activityId === "two") scheduled.activityId = "three";
  expect(await replayHistory(history)).toMatch(/[Nn]ondeterminism|does not match/);
});
