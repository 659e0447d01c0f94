import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { ENGINE } from "../../src/plan/messages.ts";
import { readHistoryFile } from "../../src/client/read-history-file.ts";
import { replayHistory } from "../../src/worker/replay-history.ts";
import { writeWorkflowBundle } from "../../src/worker/workflow-bundle.ts";
import { ENDS, replayCases } from "./cases.ts";

const here = import.meta.dirname;
const files = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));

test("every case has its history of this engine; `node test/replay/record.ts` records what is missing", () => {
  const wanted = Object.keys(replayCases).map((name) => `engine-${ENGINE}/${name.replaceAll(" ", "-")}.json`);
  expect(wanted.filter((name) => !files.includes(name))).toEqual([]);
});

test("every kind of step has a case for every way in which it may end", () => {
  const kinds = readdirSync(resolve("src/workflows/step-kinds")).map((name) => name.replace(/\.ts$/, ""));
  expect(Object.keys(ENDS).sort()).toEqual(kinds.filter((kind) => kind !== "step-kinds").sort());
  const shown = new Set<string>(Object.values(replayCases).flatMap(({ shows = [] }) => shows));
  const wanted = Object.entries(ENDS).flatMap(([kind, ends]) => ends.map((end) => `${kind} ${end}`));
  expect(wanted.filter((end) => !shown.has(end))).toEqual([]);
});

describe("recorded histories", () => {
  test.each(files)("%s fits this build", async (name) => {
    expect(await replayHistory(await readHistoryFile(join(here, name)))).toBeUndefined();
  });
});

describe("an interpreter that is broken", () => {
  /** One line of the interpreter, and what is wrong in its place. */
  const BREAKS: readonly (readonly [what: string, file: string, line: string, instead: string])[] = [
    [
      "begins steps before those they need",
      "run-block.ts",
      "const open = step.needs.filter((id) => !isDone(id)).length;",
      "const open = 0;",
    ],
    ["takes a rejection for a yes", "approvals.ts", 'request.settle("rejected");', 'request.settle("approved");'],
  ];

  test.each(BREAKS)("%s: recorded histories do not fit it", { timeout: 120_000 }, async (_, file, line, instead) => {
    // Inside of this folder, where packages are found.
    const root = mkdtempSync(join(here, "broken-"));
    try {
      for (const room of ["plan", "expressions", "workflows"])
        cpSync(resolve("src", room), join(root, room), { recursive: true });
      const path = join(root, "workflows", file);
      const text = readFileSync(path, "utf8");
      expect(text).toContain(line);
      writeFileSync(path, text.replace(line, instead));
      const bundle = join(root, "bundle.js");
      await writeWorkflowBundle(bundle, root);
      const found: string[] = [];
      for (const name of files) {
        const why = await replayHistory(await readHistoryFile(join(here, name)), { bundle });
        if (why !== undefined) found.push(why);
      }
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThan(files.length);
      expect(found.join("\n")).toMatch(/[Nn]ondeterminism/);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

test("a history that says something else is found out", async () => {
  const history = (await readHistoryFile(join(here, `engine-${ENGINE}`, "script-completed.json"))) as {
    events: { activityTaskScheduledEventAttributes?: { activityId: string } }[];
  };
  for (const { activityTaskScheduledEventAttributes: scheduled } of history.events)
    if (scheduled?.activityId === "two") scheduled.activityId = "three";
  expect(await replayHistory(history)).toMatch(/[Nn]ondeterminism|does not match/);
});
