import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { takeCallPlaces } from "../../src/ledger/call-limits.ts";
import { type Ledger, openLedger } from "../../src/ledger/open-ledger.ts";
import {
  listProgramCalls,
  noteProgramCall,
  type ProgramCall,
  readProgramCalls,
} from "../../src/ledger/program-calls.ts";
import { freePlaces, keepPlaces, PLACE_LEASE_MS } from "../../src/ledger/places.ts";
import { startSupervisedWorker } from "../../src/worker/supervisor.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

describe("places in the ledger", () => {
  let dir: string;
  let ledger: Ledger;
  let other: Ledger;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "aiworkflow-places-"));
    ledger = openLedger(dir);
    other = openLedger(dir);
  });
  afterAll(() => {
    ledger.close();
    other.close();
    rmSync(dir, { recursive: true });
  });
  const take = (holder: string, nowMs: number, limits: Parameters<typeof takeCallPlaces>[1], from = ledger) =>
    takeCallPlaces(from, limits, { holder, nowMs });

  test("as many hold one as there are, over all processes; a place that is given back is taken by the next", () => {
    const limits = [{ name: "mail", concurrency: 2 }];
    expect(take("a", 0, limits)).toBe(0);
    expect(take("b", 1, limits, other)).toBe(0);
    expect(take("c", 2, limits)).toBeGreaterThan(0);
    freePlaces(other, "b");
    expect(take("c", 3, limits)).toBe(0);
  });

  test("the place of a holder that shows no sign of life is free again", () => {
    const limits = [{ name: "slow", concurrency: 1 }];
    expect(take("dead", 0, limits)).toBe(0);
    expect(take("next", PLACE_LEASE_MS - 1, limits)).toBeGreaterThan(0);
    keepPlaces(ledger, "dead", PLACE_LEASE_MS - 1);
    expect(take("next", PLACE_LEASE_MS + 1, limits)).toBeGreaterThan(0);
    expect(take("next", 2 * PLACE_LEASE_MS + 1, limits)).toBe(0);
  });

  test("no minute has more calls than allowed, and who waits is told how long", () => {
    const limits = [{ name: "fast", perMinute: 3 }];
    expect([0, 10_000, 20_000].map((nowMs) => take(String(nowMs), nowMs, limits))).toEqual([0, 0, 0]);
    expect(take("d", 30_000, limits)).toBe(30_000);
    expect(take("d", 59_999, limits)).toBe(1);
    expect(take("d", 60_000, limits)).toBe(0);
    expect(take("e", 60_001, limits)).toBe(9_999);
  });

  test("of an older ledger go on to count, and so does what it knew of programs' calls; what it knew besides is left alone", () => {
    const old = mkdtempSync(join(tmpdir(), "aiworkflow-places-"));
    const db = new DatabaseSync(join(old, "ledger.db"));
    db.exec(`CREATE TABLE call_places (
        name TEXT NOT NULL, holder TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (name, holder)) STRICT;
      CREATE TABLE call_times (name TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
      CREATE TABLE in_flight (
        id TEXT PRIMARY KEY, agent TEXT NOT NULL, endpoint TEXT NOT NULL, is_probe INTEGER NOT NULL, until_ms INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE program_calls (
        call TEXT NOT NULL, number INTEGER NOT NULL, operation TEXT NOT NULL, hash TEXT NOT NULL, nth INTEGER NOT NULL,
        arguments TEXT NOT NULL, effect TEXT NOT NULL, state TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (call, number)
      ) STRICT;
      INSERT INTO program_calls VALUES ('c', 1, 'mail.send', 'h', 1, '{}', 'at-most-once', 'begun', 1);
      INSERT INTO call_places VALUES ('mail', 'a', 100);
      INSERT INTO in_flight VALUES ('x', 'scout', 'api', 1, 100)`);
    db.close();
    const opened = openLedger(old);
    expect(take("b", 99, [{ name: "mail", concurrency: 1 }], opened)).toBeGreaterThan(0);
    expect(take("b", 100, [{ name: "mail", concurrency: 1 }], opened)).toBe(0);
    const [cutOff] = readProgramCalls(opened, "c");
    expect(cutOff).toMatchObject({ operation: "mail.send", state: "begun" });
    noteProgramCall(opened, { ...(cutOff as ProgramCall), number: 2, run: "r", path: "s" }, 5);
    expect(listProgramCalls(opened, "r", 5)).toMatchObject([{ path: "s", at: "1970-01-01T00:00:00.005Z" }]);
    opened.close();
    rmSync(old, { recursive: true });
  });

  test("where one of two limits has no place, none is taken", () => {
    const both = [
      { name: "wide", concurrency: 2 },
      { name: "narrow", concurrency: 1 },
    ];
    expect(take("a", 0, both)).toBe(0);
    expect(take("b", 0, both)).toBeGreaterThan(0);
    expect(take("c", 0, both.slice(0, 1))).toBe(0);
  });
});

describe("calls of a run", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openProject({
      "tools/slow.sh": [
        "#!/bin/bash",
        'echo "in $AIWORKFLOW_KEY" >> "$1-marks"',
        "sleep $seconds",
        'echo "out $AIWORKFLOW_KEY" >> "$1-marks"',
        "",
      ].join("\n"),
      "tools/slow.yaml": [
        "operations:",
        "  work: { effect: read, concurrency: 2 }",
        "  one: { effect: at-most-once, timeout: 20s, concurrency: 1 }",
        "  few: { effect: read, concurrency: 1 }",
        "  rare: { effect: read, rate: { requests-per-minute: 1 } }",
        "",
      ].join("\n"),
    });
  });
  afterAll(() => project.close());
  const most = (file: string) => {
    let inside = 0;
    const lines = project.read(file).trim().split("\n");
    return Math.max(...lines.map((line) => (inside += line.startsWith("in ") ? 1 : -1)));
  };

  test("no more are under way at once than the operation allows, over two workers", async () => {
    const { address, namespace } = project.connected.target;
    const stateDir = join(project.dir, ".aiworkflow");
    const second = startSupervisedWorker({ address, namespace, projectDir: project.dir, stateDir });
    try {
      await second.ready;
      const report = await project.run(
        '## Each\n```yaml step\nuses: slow.work\nfor-each: "${{ [1, 2, 3, 4, 5, 6, 7] }}"\nmax-parallel: 7\nwith: { seconds: 0.3 }\n```\n',
      );
      expect(report.status).toBe("completed");
      expect(most("work-marks")).toBe(2);
    } finally {
      await second.stop();
    }
  });

  test("to wait for a place takes no time of the call, counts as no attempt, and gives the worker back", async () => {
    const step = (id: string, seconds: number, more: string) =>
      `### ${id}\n\`\`\`yaml step\nuses: slow.one\nwith: { seconds: ${seconds} }\n${more}\n\`\`\`\n`;
    const report = await project.run(
      `## Both\n\`\`\`yaml step\ngroup: { join: all }\n\`\`\`\n${step("Long", 11, "timeout: 20s")}${step("Short", 0, "timeout: 2s")}`,
    );
    expect(report.error).toBeNull();
    const short = report.steps.find(({ id }) => id === "short");
    expect(short).toMatchObject({ status: "completed", attempts: 1 });
    expect(most("one-marks")).toBe(1);
  });

  test("a local call that waits for its place uses up no attempts, however long it is", async () => {
    const local =
      "## Light\n```yaml step\nuses: slow.few\nlocal: true\nretry: { max-attempts: 2, initial-interval: 10ms }\nfor-each: [1, 2, 3, 4]\nwith: { seconds: 6 }\n```\n";
    const run = await project.start(local);
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "completed", steps: [{ attempts: 1, items: { completed: 4, failed: 0 } }] });
    expect(most("few-marks")).toBe(1);
    expect(await project.history(run)).toContain("timerStarted");
  }, 60_000);

  test("a cancel ends a call that waits for its minute", async () => {
    const markdown = "## One\n```yaml step\nuses: slow.rare\nwith: { seconds: 0 }\n```\n";
    expect((await project.run(markdown)).status).toBe("completed");
    const run = await project.start(markdown);
    await project.reportWhen(run, ({ steps }) => steps[0]?.status === "running");
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
    expect(project.read("rare-marks").trim().split("\n")).toHaveLength(2);
  });
});
