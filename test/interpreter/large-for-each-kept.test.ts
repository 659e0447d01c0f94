// What a loop in parts keeps: over new histories, deaths of workers, rollbacks, reruns and forks.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { terminateRun } from "../../src/client/control-run.ts";
import { decide } from "../../src/client/decide.ts";
import { forkRun } from "../../src/client/fork-run.ts";
import { planFork } from "../../src/client/plan-fork.ts";
import { readStart } from "../../src/client/read-start.ts";
import { findPoint, rerunFrom } from "../../src/client/rerun-run.ts";
import { readState } from "../../src/history/read-state.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { rollbackRun } from "../../src/client/rollback-run.ts";
import { ITEMS, LIST } from "./list-in-parts.ts";
import { isReplayed, LONG_MS } from "./replayed.ts";
import { withoutStore } from "./without-store.ts";
import { openProject, type TestProject } from "./open-project.ts";

const script = (title: string, body: string, yaml: string, level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const numbers = (text: string) => text.trim().split("\n").map(Number);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);
const sorted = (all: readonly number[]) => [...all].sort((a, b) => a - b);

describe("over new histories", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openProject({}, { "limit.historyCount.suggestContinueAsNew": 60 });
  });
  afterAll(() => project.close());

  test(
    "of the run and of its parts: no item runs twice, results are whole",
    async () => {
      const report = await project.run(
        LIST +
          script(
            "Each",
            'echo "$item" >> items; echo "$item"',
            'for-each: steps.list.output\nwith: { item: "${{ item.n }}" }\noutput: integer\nmax-parallel: 8\neffect: read',
          ),
      );
      expect(report.error).toBeNull();
      expect(sorted(numbers(project.read("items")))).toEqual(upTo(ITEMS));
      expect(await project.resolve(report.steps[1]?.output as never)).toEqual(upTo(ITEMS));
      expect(report.steps[1]?.items).toEqual({ completed: ITEMS, failed: 0, total: ITEMS });
    },
    LONG_MS,
  );

  test(
    "while items wait for people and beside steps that go on: votes and results stay",
    async () => {
      const run = await project.start(
        `${LIST}## Each\n\`\`\`yaml step\nfor-each: steps.list.output\nmax-parallel: 20\ngroup: { sequence: true }\n\`\`\`\n### Gate\n\`\`\`yaml step\nif: item.n == 205\napproval: { message: Go?, min: 2 }\n\`\`\`\n${upTo(
          40,
        )
          .map((at) =>
            script(`Beside ${at}`, `echo ${at} >> beside`, `needs: [${at === 0 ? "list" : `beside_${at - 1}`}]`),
          )
          .join("")}`,
        { id: "votes-1" },
      );
      const vote = (by: string) =>
        project.connected.client.workflow.getHandle(run).signal("approve", { step: "each[205].gate", by });
      await vote("ann");
      const waiting = await project.reportWhen(
        run,
        ({ status, steps }) => status === "waiting" && steps.at(-1)?.status === "completed",
      );
      expect(waiting.approvals).toMatchObject([{ step: "each[205].gate", votes: [{ by: "ann" }] }]);
      expect(numbers(project.read("beside"))).toEqual(upTo(40));
      await vote("bob");
      const report = await project.follow(run);
      expect(report.error).toBeNull();
      expect(report.approvals).toMatchObject([{ status: "approved", votes: [{ by: "ann" }, { by: "bob" }] }]);
      expect(report.steps.find(({ id }) => id === "gate")?.items?.total).toBe(ITEMS);
    },
    LONG_MS,
  );

  const handleOf = (run: string) => project.connected.client.workflow.getHandle(run);
  /** Fills the history of a run, until `isFull`. */
  const fill = async (run: string, isFull: () => Promise<boolean>) => {
    while (!(await isFull())) await handleOf(run).signal("news", {});
  };
  const underWay = async (run: string) =>
    ((await handleOf(run).describe()).raw.pendingActivities ?? []).map(({ activityId }) => activityId);
  const asking = (min: number, which: string) =>
    `## Each\n\`\`\`yaml step\nfor-each: steps.list.output\nmax-parallel: 40\ngroup: { sequence: true }\n\`\`\`\n${script("Do", 'echo "$n" >> last', 'if: item.n >= 200\nwith: { n: "${{ item.n }}" }\nundo: { run: \'echo "$n" >> last-back\', with: { n: "${{ item.n }}" } }', "###")}### Gate\n\`\`\`yaml step\nif: ${which}\napproval: { message: Go?, min: ${min} }\n\`\`\`\n`;

  test(
    "a part that is cancelled while its new history looks for its items in a store that is away is taken back",
    async () => {
      const run = await project.start(`---\non-failure: rollback\n---\n${LIST}${asking(1, "item.n == 205")}`);
      await project.reportWhen(run, ({ status }) => status === "waiting", LONG_MS);
      const part = `${run}.each[200..209]`;
      await withoutStore(project.dir, async () => {
        await fill(part, async () => (await underWay(part)).includes("each[200..209]/items"));
        await cancelRun(project.connected, run);
        const attempt = async () => (await handleOf(part).describe()).raw.pendingActivities?.[0]?.attempt ?? 0;
        // More often than what is asked for in a first history.
        await expect.poll(attempt, { timeout: 30_000 }).toBeGreaterThan(5);
      });
      const report = await project.follow(run);
      expect(report).toMatchObject({ status: "compensated", error: null });
      expect(sorted(numbers(project.read("last-back")))).toEqual(upTo(ITEMS).slice(200));
    },
    LONG_MS,
  );

  test(
    "a vote on a part that is being suspended counts where it goes on",
    async () => {
      const run = await project.start(LIST + asking(1, "item.n == 205"));
      await project.reportWhen(run, ({ status }) => status === "waiting", LONG_MS);
      const part = `${run}.each[200..209]`;
      await withoutStore(project.dir, async () => {
        await fill(run, async () => (await underWay(part)).includes("each[200..209]/suspended/keep-1"));
        const vote = { run: part, step: "each[205].gate", decision: "approve", by: "ann" } as const;
        expect(await decide(project.connected, vote)).toMatchObject({ settled: true });
      });
      const report = await project.follow(run);
      expect(report.error).toBeNull();
      expect(report.approvals).toMatchObject([{ status: "approved", votes: [{ by: "ann" }] }]);
    },
    LONG_MS,
  );

  test(
    "a part that has gone on is cancelled with the loop: what runs in it ends, and nothing more begins",
    async () => {
      const run = await project.start(
        LIST +
          script(
            "Each",
            "case $n in 200) while [ ! -e stop-now ]; do sleep 0.02; done; exit 3;; esac; sleep 0.1; [ ! -e hold ] || { echo $n >> held; sleep 60; }",
            'for-each: steps.list.output\nwith: { n: "${{ item.n }}" }\nmax-parallel: 4\non-item-error: stop\neffect: read\nretry: { max-attempts: 1 }',
          ),
      );
      const part = `${run}.each[0..199]`;
      await expect.poll(() => project.executions(part), { timeout: LONG_MS }).toBeGreaterThan(1);
      project.write("hold", "");
      await expect.poll(() => project.read("held"), { timeout: LONG_MS }).not.toBe("");
      const stoppedMs = Date.now();
      project.write("stop-now", "");
      const report = await project.follow(run);
      expect(report).toMatchObject({ status: "failed", error: { code: "script/exit" } });
      // As many as were under way beside the one that failed, and none after them.
      expect(numbers(project.read("held")).length).toBeLessThanOrEqual(3);
      expect(Date.now() - stoppedMs).toBeLessThan(50_000);
    },
    LONG_MS,
  );

  test(
    "while child runs of items wait, the run does what else it has to do, though its history is full",
    async () => {
      project.write("asks.md", "## Gate\n```yaml step\napproval: { message: Go? }\n```\n");
      const run = await project.start(
        `${LIST}## Each\n\`\`\`yaml step\nfor-each: steps.list.output\nworkflow: asks.md\nmax-parallel: 2\n\`\`\`\n` +
          "## Own\n```yaml step\nneeds: []\napproval: { message: Go? }\n```\n" +
          script("After", "echo after >> after", "needs: [own]\neffect: read"),
      );
      await expect
        .poll(
          async () =>
            (
              await handleOf(`${run}.each[1]`)
                .describe()
                .catch(() => undefined)
            )?.status.name,
          {
            timeout: LONG_MS,
          },
        )
        .toBe("RUNNING");
      await project.reportWhen(run, ({ status }) => status === "waiting", LONG_MS);
      await fill(run, async () => (await handleOf(run).describe()).historyLength > 90);
      await decide(project.connected, { run, step: "own", decision: "approve", by: "ann" });
      await project.reportWhen(run, ({ steps }) => steps.at(-1)?.status === "completed");
      expect(await project.executions(run)).toBe(1);
      await cancelRun(project.connected, run);
      expect(await project.follow(run)).toMatchObject({ status: "cancelled" });
    },
    LONG_MS,
  );

  const VOTES = isReplayed ? 10 : 60;

  test(
    "votes that are on their way to a part when the run goes on in a new history are not lost",
    async () => {
      const run = await project.start(LIST + asking(VOTES, "item.n >= 200"));
      await project.reportWhen(run, ({ status }) => status === "waiting", LONG_MS);
      // Without a pause, so that some come in just when a part has ended.
      const votes = upTo(10 * VOTES).map((at) => ({ step: `each[${200 + (at % 10)}].gate`, by: `voter ${at}` }));
      const cast = async () => {
        for (let vote = votes.shift(); vote !== undefined; vote = votes.shift())
          await handleOf(run).signal("approve", vote);
      };
      await Promise.all([cast(), cast(), cast(), cast()]);
      const report = await project.follow(run);
      expect(report.error).toBeNull();
      expect(report.approvals.map(({ votes: { length }, status }) => [status, length])).toEqual(
        upTo(10).map(() => ["approved", VOTES]),
      );
    },
    LONG_MS,
  );
});

describe("on one history", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openProject({
      "replies.yaml": `ask:\n${upTo(ITEMS)
        .map((at) => `  - ${at}`)
        .join("\n")}\n`,
    });
  });
  afterAll(() => project.close());

  test(
    "a worker killed in the middle: the loop goes on, no item is lost and none runs twice",
    async () => {
      const run = await project.start(
        LIST +
          script(
            "Each",
            'echo "$item" >> killed; sleep 0.05; echo "$item"',
            'for-each: steps.list.output\nwith: { item: "${{ item.n }}" }\noutput: integer\nmax-parallel: 10\neffect: idempotent',
          ),
      );
      for (const most of [50, 120]) {
        await project.reportWhen(run, () => project.read("killed").split("\n").length > most);
        process.kill(project.worker.pid, "SIGKILL");
      }
      const report = await project.follow(run);
      expect(report.error).toBeNull();
      expect(await project.resolve(report.steps[1]?.output as never)).toEqual(upTo(ITEMS));
      const items = numbers(project.read("killed"));
      expect([...new Set(sorted(items))]).toEqual(upTo(ITEMS));
      // Only what was under way when the worker died ran again.
      expect(items.length).toBeLessThanOrEqual(ITEMS + 20);
    },
    LONG_MS,
  );

  test(
    "a part that ends while the store is away waits for it, and so does the loop: nothing is lost",
    async () => {
      const run = await project.start(
        LIST +
          script(
            "Each",
            'case $n in 209) while [ ! -e end-now ]; do sleep 0.02; done;; esac; echo "$n" >> ended; echo "$n"',
            'for-each: steps.list.output\nwith: { n: "${{ item.n }}" }\noutput: integer\nmax-parallel: 10\neffect: read',
          ),
      );
      const part = project.connected.client.workflow.getHandle(`${run}.each[200..209]`);
      const pending = async () => (await part.describe()).raw.pendingActivities?.[0];
      await expect.poll(() => numbers(project.read("ended")).length, { timeout: LONG_MS }).toBe(ITEMS - 1);
      await withoutStore(project.dir, async () => {
        project.write("end-now", "");
        await expect
          .poll(async () => (await pending())?.activityId, { timeout: 20_000 })
          .toBe("each[200..209]/results");
        await expect.poll(async () => (await pending())?.attempt ?? 0, { timeout: 30_000 }).toBeGreaterThan(5);
      });
      const report = await project.follow(run);
      expect(report).toMatchObject({ status: "completed", error: null });
      expect(await project.resolve(report.steps[1]?.output as never)).toEqual(upTo(ITEMS));
    },
    LONG_MS,
  );

  const undoable = (fail: string) =>
    `---\non-failure: rollback\n---\n${LIST}${script("Before", "echo before >> done", "undo: { run: 'echo before >> undone' }")}${script(
      "Each",
      'echo "$item" >> done; echo "$item"',
      'for-each: steps.list.output\nwith: { item: "${{ item.n }}" }\nmax-parallel: 20\nundo: { run: \'echo "$item" >> undone\', with: { item: "${{ output }}" } }',
    )}${script("After", "echo after >> done", "undo: { run: 'echo after >> undone' }")}${fail}`;

  test(
    "a failure after the loop takes back every item, between what came after and what came before",
    async () => {
      const report = await project.run(undoable(script("Bad", "exit 7", "effect: read\nretry: { max-attempts: 1 }")));
      expect(report).toMatchObject({ status: "compensated", error: { code: "script/exit", step: "bad" } });
      const lines = project.read("undone").trim().split("\n");
      expect(lines[0]).toBe("after");
      expect(lines.at(-1)).toBe("before");
      expect(sorted(lines.slice(1, -1).map(Number))).toEqual(upTo(ITEMS));
      const each = report.steps.find(({ id }) => id === "each");
      expect(each?.status).toBe("compensated");
      expect(each?.undo?.map(({ step }) => step).sort()).toEqual(["each[0..199]", "each[200..209]"]);
    },
    LONG_MS,
  );

  test(
    "undos of items that fail are told one by one",
    async () => {
      const report = await project.run(
        `---\non-failure: rollback\n---\n${LIST}${script("Each", "true", "for-each: steps.list.output\nmax-parallel: 20\nundo: { run: '[ $item != 203 ] || exit 3', with: { item: \"${{ item.n }}\" } }")}${script("Bad", "exit 7", "effect: read\nretry: { max-attempts: 1 }")}`,
      );
      expect(report.status).toBe("compensation-incomplete");
      expect(report.unfinished).toMatchObject([{ step: "each[203]", code: "script/exit" }]);
      expect(report.steps[1]?.status).toBe("completed");
    },
    LONG_MS,
  );

  test(
    "child runs of items are taken back as well",
    async () => {
      project.write("writes.md", script("Do", "echo x >> child-log", "undo: { run: echo -x >> child-log }"));
      const report = await project.run(
        `---\non-failure: rollback\n---\n${LIST}## Each\n\`\`\`yaml step\nfor-each: steps.list.output\nmax-parallel: 50\ngroup: { sequence: true }\n\`\`\`\n### Call\n\`\`\`yaml step\nif: item.n == 3 || item.n == 205\nworkflow: writes.md\n\`\`\`\n${script("Bad", "exit 7", "effect: read\nretry: { max-attempts: 1 }")}`,
      );
      expect(report).toMatchObject({ status: "compensated", unfinished: [] });
      expect(project.read("child-log")).toBe("x\nx\n-x\n-x\n");
      expect(report.steps.find(({ id }) => id === "call")?.status).toBe("compensated");
    },
    LONG_MS,
  );

  test(
    "`rollback` takes an ended run back; a part that was ended by force is told, and what others did is taken back",
    async () => {
      const ended = await project.run(
        undoable("").replace("on-failure: rollback", "name: whole").replaceAll("undone", "undone-later"),
        { id: "whole-1" },
      );
      expect(ended.status).toBe("completed");
      const back = await rollbackRun(project.connected, "whole-1", {
        storeDir: `${project.dir}/.aiworkflow/artifacts`,
      });
      expect((await project.follow(back.run)).status).toBe("compensated");
      const lines = project.read("undone-later").trim().split("\n");
      expect([lines[0], lines.at(-1), lines.length]).toEqual(["after", "before", ITEMS + 2]);

      const run = await project.start(
        `---\non-failure: rollback\n---\n${LIST}${script("Each", 'echo "$item" >> forced; while [ $item -ge 200 ] && [ ! -e let-forced ]; do sleep 0.2; done', 'for-each: steps.list.output\nwith: { item: "${{ item.n }}" }\nmax-parallel: 6\nundo: { run: \'echo "$item" >> forced-back\', with: { item: "${{ item.n }}" } }')}`,
        { id: "forced-1" },
      );
      await project.reportWhen(run, ({ steps }) => steps[1]?.parts?.length === 1 && steps[1].parts[0]?.first === 200);
      await terminateRun(project.connected, "forced-1.each[200..209]", "test");
      project.write("let-forced", "");
      const report = await project.follow(run);
      expect(report.status).toBe("compensation-incomplete");
      expect(report.unfinished.map(({ step, code }) => [step, code])).toEqual([
        ["each[200..209]", "for-each/part-lost"],
      ]);
      expect(sorted(numbers(project.read("forced-back")))).toEqual(upTo(200));
    },
    LONG_MS,
  );

  test(
    "a cancelled run takes back what its parts have done",
    async () => {
      const run = await project.start(
        undoable("")
          .replaceAll("undone", "cancelled")
          .replace("${{ output }}", "${{ item.n }}")
          .replace('echo "$item" >> done', 'echo "$item" >> begun; [ $item -lt 150 ] || sleep 30'),
      );
      await project.reportWhen(run, () => project.read("begun").split("\n").length > 100);
      await cancelRun(project.connected, run);
      const report = await project.follow(run);
      expect(report.status).toBe("compensated");
      const undone = project.read("cancelled").trim().split("\n");
      expect(undone.at(-1)).toBe("before");
      // An item that was cancelled before it wrote has an undo too: its outcome is unknown.
      expect(undone).toEqual(expect.arrayContaining(project.read("begun").trim().split("\n")));
      expect(new Set(undone).size).toBe(undone.length);
    },
    LONG_MS,
  );

  test(
    "agents: replies by index of the item, tokens together",
    async () => {
      const report = await project.run(
        `---\nagent: a\nagents: { a: { kind: recorded, replies: replies.yaml } }\n---\n${LIST}## Ask\nSay \${{ item.n }}.\n\`\`\`yaml step\nfor-each: steps.list.output\nmax-parallel: 50\noutput: integer\n\`\`\`\n`,
      );
      expect(report.error).toBeNull();
      expect(await project.resolve(report.steps[1]?.output as never)).toEqual(upTo(ITEMS));
      expect(report.steps[1]?.agent).toContain("a (");
    },
    LONG_MS,
  );

  test(
    "rerun from the loop runs it again, from a later step keeps its results",
    async () => {
      const run = await project.start(
        `---\noutputs: { n: "\${{ steps.count.output.n }}" }\n---\n${LIST}${script("Each", 'echo "$item" >> again', 'for-each: steps.list.output\nwith: { item: "${{ item.n }}" }\nmax-parallel: 40\neffect: idempotent')}## Count\n\`\`\`yaml step\nset: { n: "\${{ steps.each.output.size() }}" }\n\`\`\`\n${script("End", "echo end >> ends", "effect: idempotent")}`,
      );
      expect((await project.follow(run)).outputs).toEqual({ n: ITEMS });
      await rerunFrom(project.connected, run, await findPoint(project.connected, run, "end"));
      expect((await project.follow(run)).outputs).toEqual({ n: ITEMS });
      expect(numbers(project.read("again"))).toHaveLength(ITEMS);
      await rerunFrom(project.connected, run, await findPoint(project.connected, run, "each"));
      expect((await project.follow(run)).outputs).toEqual({ n: ITEMS });
      expect(numbers(project.read("again"))).toHaveLength(2 * ITEMS);
      expect(project.read("ends")).toBe("end\nend\nend\n");
    },
    LONG_MS,
  );

  test(
    "a fork takes the results of the loop over, and runs it again where it has changed",
    async () => {
      const text = (factor: number, word: string) =>
        `---\noutputs: { tell: "\${{ steps.tell.output.text }}" }\n---\n${LIST}## Each\n\`\`\`yaml step\nfor-each: steps.list.output\nset: { n: "\${{ item.n * ${factor} }}" }\n\`\`\`\n## Tell\n\`\`\`yaml step\nset: { text: "${word} \${{ steps.each.output[${ITEMS - 1}].n }}" }\n\`\`\`\n`;
      const run = await project.start(text(1, "old"));
      expect((await project.follow(run)).outputs).toEqual({ tell: `old ${ITEMS - 1}` });
      const same = await fork(run, text(1, "new"));
      expect([same.reused, same.report.outputs]).toEqual([["list", "each"], { tell: `new ${ITEMS - 1}` }]);
      const other = await fork(run, text(10, "ten"));
      expect([other.reused, other.report.outputs]).toEqual([["list"], { tell: `ten ${10 * (ITEMS - 1)}` }]);
    },
    LONG_MS,
  );

  /** Runs the edited text on what the run has left. */
  async function fork(of: string, markdown: string): Promise<{ reused: readonly string[]; report: RunReport }> {
    const storeDir = join(project.dir, ".aiworkflow", "artifacts");
    const [start, state] = [
      await readStart(project.connected, of, storeDir),
      await readState(project.connected.client, of),
    ];
    const plan = project.plan(markdown);
    const { reused } = planFork({ plan: start.plan, inputs: {}, state }, { plan, inputs: {}, from: undefined });
    const request = { of, plan, inputs: {}, state, reused, projectDir: project.dir, files: new Map(), storeDir };
    return { reused, report: await project.follow((await forkRun(project.connected, request)).run) };
  }

  test(
    "a worker killed while a part is taken back: every item is taken back, and none twice but what was under way",
    async () => {
      const run = await project.start(
        undoable(script("Bad", "exit 7", "effect: read\nretry: { max-attempts: 1 }"))
          .replaceAll("undone", "killed-back")
          .replace('echo "$item" >> killed-back', 'echo "$item" >> killed-back; sleep 0.02'),
      );
      for (const most of [40, 120]) {
        await project.reportWhen(run, () => project.read("killed-back").split("\n").length > most, LONG_MS);
        process.kill(project.worker.pid, "SIGKILL");
      }
      const report = await project.follow(run);
      expect(report.status).toBe("compensated");
      const lines = project.read("killed-back").trim().split("\n");
      expect([lines[0], lines.at(-1)]).toEqual(["after", "before"]);
      const items = lines.slice(1, -1).map(Number);
      expect([...new Set(sorted(items))]).toEqual(upTo(ITEMS));
      expect(items.length).toBeLessThanOrEqual(ITEMS + 40);
    },
    LONG_MS,
  );
});
