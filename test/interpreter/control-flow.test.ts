import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { controlRun } from "../../src/client/control-run.ts";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { decide } from "../../src/client/decide.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({
    "child.md":
      '---\ninputs: { n: { type: integer, required: true } }\noutputs: { twice: "${{ steps.double.output.x }}" }\n---\n## Double\n```yaml step\nset: { x: "${{ inputs.n * 2 }}" }\n```\n',
    "filling.md":
      '---\noutputs: { n: "${{ steps.form.output.n }}" }\n---\n## Form\n```yaml step\nask: { message: Which?, fields: { n: integer } }\n```\n',
    "asking.md": "## Gate\n```yaml step\napproval: { message: Go? }\n```\n",
  });
});
afterAll(() => project.close());

const script = (title: string, body: string, yaml = "effect: read", level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const yaml = (title: string, text: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const statuses = (report: RunReport) => Object.fromEntries(report.steps.map(({ id, status }) => [id, status]));
const outputs = (report: RunReport) => Object.fromEntries(report.steps.map(({ id, output }) => [id, output]));
const lines = (file: string) => project.read(file).split("\n").slice(0, -1);

describe("order", () => {
  test("needs: a step waits for what it names and for nothing else; without needs for all before it", async () => {
    const report = await project.run(
      script("Slow", "until grep -qs next order; do sleep 0.02; done; echo slow >> order") +
        script("Free", "echo free >> order", "needs: []\neffect: read") +
        script("Next", "echo next >> order", "needs: [free]\neffect: read") +
        script("Last", "echo last >> order"),
    );
    expect(report.status).toBe("completed");
    expect(lines("order")).toEqual(["free", "next", "slow", "last"]);
  });
});

describe("groups", () => {
  test("run side by side, or in sequence; the output maps ids to outputs", async () => {
    const report = await project.run(
      yaml("Both", "group:") +
        script("Left", "sleep 0.5; echo left >> sides; echo 1", "output: integer\neffect: read", "###") +
        yaml("Right", "group: { sequence: true }", "###") +
        script("A", "echo a >> sides; echo 2", "effect: read", "####") +
        yaml("B", 'set: { x: "${{ steps.a.output }}" }', "####") +
        yaml("After", 'set: { left: "${{ steps.left.output }}", all: "${{ steps.both.output }}" }'),
    );
    expect(report.error).toBeNull();
    expect(lines("sides")).toEqual(["a", "left"]);
    expect(outputs(report)).toMatchObject({
      both: { left: 1, right: { a: 2, b: { x: 2 } } },
      after: { left: 1, all: { left: 1, right: { a: 2, b: { x: 2 } } } },
    });
    expect(report.steps.map(({ path }) => path)).toEqual([
      "both",
      "both.left",
      "both.right",
      "both.right.a",
      "both.right.b",
      "after",
    ]);
  });

  test("join any: the first one wins, the rest is cancelled and its processes ended", async () => {
    const report = await project.run(
      yaml("Race", "group: { join: any }") +
        script("Quick", "echo 1", "effect: read", "###") +
        script("Slow", "sleep 30; echo late >> race", "effect: read", "###") +
        yaml("Ask", "approval: { message: Go? }", "###") +
        yaml("After", 'set: { race: "${{ steps.race.output }}" }'),
    );
    expect(report.status).toBe("completed");
    expect(statuses(report)).toMatchObject({ quick: "completed", slow: "cancelled", ask: "cancelled" });
    expect(outputs(report)["after"]).toEqual({ race: { quick: 1, slow: null, ask: null } });
    expect(report.approvals).toMatchObject([{ status: "cancelled" }]);
  });

  test("join 2: two have to end well, whichever; a failure is none, and the rest is cancelled", async () => {
    const report = await project.run(
      yaml("Two", "group: { join: 2 }") +
        script("Bad", "exit 3", "effect: read\nretry: { max-attempts: 1 }", "###") +
        script("X", "echo 1", "effect: read", "###") +
        script("Slow", "sleep 30", "effect: read", "###") +
        script("Y", "sleep 0.3; echo 2", "effect: read", "###"),
    );
    expect(report).toMatchObject({ status: "completed", error: null });
    expect(statuses(report)).toEqual({
      two: "completed",
      bad: "failed",
      x: "completed",
      slow: "cancelled",
      y: "completed",
    });
    expect(outputs(report)["two"]).toEqual({ bad: null, x: 1, slow: null, y: 2 });
  });

  test("join any fails when none can win, join all names the step that failed", async () => {
    const children =
      script("X", "exit 3", "effect: read\nretry: { max-attempts: 1 }", "###") +
      script("Y", "exit 4", "effect: read\nretry: { max-attempts: 1 }", "###");
    const any = await project.run(yaml("Race", "group: { join: any }") + children);
    expect(any).toMatchObject({ status: "failed", error: { code: "group/not-joined" } });
    expect(statuses(any)).toEqual({ race: "failed", x: "failed", y: "failed" });
    const all = await project.run(yaml("All", "group:") + children);
    expect(all).toMatchObject({
      status: "failed",
      error: { code: "script/exit", step: expect.stringMatching(/^all\.[xy]$/) },
    });
  });

  test("a time limit cancels the children", async () => {
    const report = await project.run(
      yaml("Both", "group:\ntimeout: 500ms") + script("Slow", "sleep 30", "effect: read", "###"),
    );
    expect(report).toMatchObject({ status: "failed", error: { code: "step/timeout" } });
    expect(statuses(report)).toEqual({ both: "failed", slow: "cancelled" });
  });
});

describe("loops", () => {
  test("for-each over a group: every item has results of its own, names of outer loops stay", async () => {
    const report = await project.run(
      yaml("Outer", "for-each: [1, 2]\nas: row\ngroup: { sequence: true }") +
        yaml("Inner", 'for-each: ["a", "b"]\nas: cell\nset: { at: "${{ row }}${{ cell }}${{ index }}" }', "###") +
        yaml("Join", 'set: { first: "${{ steps.inner.output[0].at }}", row: "${{ item }}" }', "###"),
    );
    expect(report.error).toBeNull();
    expect(outputs(report)["outer"]).toEqual([
      { inner: [{ at: "1a0" }, { at: "1b1" }], join: { first: "1a0", row: 1 } },
      { inner: [{ at: "2a0" }, { at: "2b1" }], join: { first: "2a0", row: 2 } },
    ]);
    expect(report.steps[1]?.items).toEqual({ completed: 2, failed: 0, total: 2 });
  });

  test("approvals inside a looped group are asked and answered item by item", async () => {
    const run = await project.start(
      yaml("Each", "for-each: [1, 2]\ngroup: { sequence: true }") +
        yaml("Gate", 'approval: { message: "Item ${{ item }}?" }', "###") +
        script("Do", 'echo "$item" >> gated', 'with: { item: "${{ item }}" }', "###"),
    );
    const waiting = await project.follow(run, "waiting");
    expect(waiting.approvals.map(({ step, message }) => [step, message]).sort()).toEqual([
      ["each[0].gate", "Item 1?"],
      ["each[1].gate", "Item 2?"],
    ]);
    for (const step of ["each[1].gate", "each[0].gate"])
      await decide(project.connected, { run, step, decision: "approve", by: "ann" });
    expect((await project.follow(run)).status).toBe("completed");
    expect(lines("gated").sort()).toEqual(["1", "2"]);
  });

  test("repeat: until sees the round's output; the last one is the step's; a pause lies between", async () => {
    const report = await project.run(
      script(
        "Poll",
        'date +%s%3N >> rounds; echo "{\\"n\\": $round}"',
        'repeat: { until: output.n >= 2, max: 5, every: 400ms }\nwith: { round: "${{ index }}" }\noutput: { n: integer }\neffect: read',
      ),
    );
    expect(outputs(report)["poll"]).toEqual({ n: 2 });
    const [first = 0, second = 0, third = 0] = lines("rounds").map(Number);
    expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(400);
    const exhausted = await project.run(yaml("Never", "repeat: { until: output.a == 2, max: 3 }\nset: { a: 1 }"));
    expect(exhausted.error).toMatchObject({ code: "repeat/exhausted" });
  });

  test("thousands of rounds without an event stay durable and quick", async () => {
    const report = await project.run(
      yaml("Count", 'repeat: { until: output.i == 2000, max: 3000 }\nset: { i: "${{ index }}" }'),
    );
    expect(report.error).toBeNull();
    expect(outputs(report)["count"]).toEqual({ i: 2000 });
  });
});

describe("failures", () => {
  test("on-error: the handler runs only for its codes, sees the error, and the run goes on", async () => {
    const report = await project.run(
      script("Try", "exit 7", "on-error: [{ step: other, match: { code: agent/* } }, rescue]") +
        yaml("Other", "set: { a: 1 }") +
        script("Know", "exit 7", "on-error: [{ step: known, match: { code: [step/timeout, script/exit] } }, unknown]") +
        yaml("Known", 'set: { why: "${{ steps.know.error.code }}" }') +
        yaml("Unknown", "set: { a: 1 }") +
        yaml("Rescue", 'set: { why: "${{ steps.try.error.code }}" }') +
        yaml("After", 'set: { why: "${{ steps.rescue.output.why }}", was: "${{ steps.try.status }}" }'),
    );
    expect(report.status).toBe("completed");
    expect(statuses(report)).toEqual({
      try: "failed",
      other: "skipped",
      know: "failed",
      known: "completed",
      unknown: "skipped",
      rescue: "completed",
      after: "completed",
    });
    expect(outputs(report)["known"]).toEqual({ why: "script/exit" });
    expect(outputs(report)["after"]).toEqual({ why: "script/exit", was: "failed" });
  });

  test("a handler that its own `if` skips has taken care of nothing", async () => {
    const report = await project.run(
      script("Try", "exit 7", "on-error: rescue") +
        yaml("Rescue", 'if: steps.try.error.code == "tool/http"\nset: { a: 1 }') +
        yaml("After", "set: { a: 1 }"),
    );
    expect(report).toMatchObject({ status: "failed", error: { code: "script/exit", step: "try" } });
    expect(statuses(report)).toEqual({ try: "failed", rescue: "skipped", after: "pending" });
    // Handlers of handlers, in a loop: the failure of the one before it counts.
    const deep = await project.run(
      yaml("Each", "for-each: [1, 2]\non-item-error: continue\ngroup: { sequence: true }") +
        script("Try", "exit 7", "on-error: first", "###") +
        script("First", "exit 8", "on-error: second", "###") +
        yaml("Second", "if: item == 2\nset: { a: 1 }", "###"),
    );
    expect(deep.status).toBe("completed");
    expect(outputs(deep)["each"]).toEqual([
      { error: { code: "script/exit", message: expect.stringContaining("8") } },
      { try: null, first: null, second: { a: 1 } },
    ]);
  });

  test("a handler that fails fails the run, and one handler may serve several steps", async () => {
    const report = await project.run(
      script("One", "exit 1", "on-error: fix") +
        script("Two", "exit 2", "on-error: fix") +
        script("Fix", "echo x >> fixes; [ $(wc -l < fixes) -lt 2 ]", ""),
    );
    expect(report).toMatchObject({ status: "failed", error: { code: "script/exit", step: "two/fix" } });
    expect(lines("fixes")).toEqual(["x", "x"]);
  });

  describe("a step of which nobody knows", () => {
    const unknown = (more: string, level = "##") => script("Pay", "sleep 30", `timeout: 200ms\n${more}`, level);
    const after = script("After", "echo after >> unknown", "");

    test.each([
      ["continue-on-error", unknown("continue-on-error: true")],
      ["a handler for any code", unknown("on-error: rescue") + script("Rescue", "echo rescue >> unknown", "")],
      [
        "join any",
        yaml("Race", "group: { join: any }") +
          unknown("", "###") +
          script("Other", "echo other >> unknown", "needs: [pay]", "###"),
      ],
    ])("is not passed over by %s", async (_, steps) => {
      const report = await project.run(steps + after);
      expect(report).toMatchObject({ status: "outcome-unknown", error: { code: "step/outcome-unknown" } });
      expect(statuses(report)).toMatchObject({ pay: "outcome-unknown", after: "pending" });
      expect(lines("unknown")).toEqual([]);
    });

    test("goes to the handler that names its code, and the run goes on", async () => {
      const report = await project.run(
        unknown("on-error: { step: rescue, match: { code: step/outcome-unknown } }") +
          yaml("Rescue", 'set: { why: "${{ steps.pay.error.code }}" }') +
          yaml("After", 'set: { was: "${{ steps.pay.status }}" }'),
      );
      expect(report).toMatchObject({ status: "completed", error: null });
      expect(outputs(report)).toMatchObject({
        rescue: { why: "step/outcome-unknown" },
        after: { was: "outcome-unknown" },
      });
    });
  });

  test("finally runs after a success, a failure and a cancel; its failure counts where there is no other", async () => {
    const last = script("Finally", 'echo "$s" >> ends', 'with: { s: "${{ steps.work.status }}" }\nundo: none');
    expect((await project.run(script("Work", "true") + last)).status).toBe("completed");
    expect((await project.run(script("Work", "exit 1", "") + last)).status).toBe("failed");
    const run = await project.start(script("Work", "sleep 30") + last);
    await project.reportWhen(run, ({ steps }) => steps[0]?.status === "running");
    await cancelRun(project.connected, run);
    const cancelled = await project.follow(run);
    expect([cancelled.status, statuses(cancelled)["finally"]]).toEqual(["cancelled", "completed"]);
    expect(lines("ends")).toEqual(["completed", "failed", "cancelled"]);
    const broken = await project.run(yaml("Work", "set: { a: 1 }") + script("Finally", "exit 5", ""));
    expect(broken).toMatchObject({ status: "failed", error: { code: "script/exit", step: "finally" } });
  });

  test("verify: a result that does not hold is a failed attempt", async () => {
    const report = await project.run(
      script("Guess", "echo x >> guesses; wc -l < guesses", "verify: output == 3\noutput: integer\neffect: read"),
    );
    expect(report.steps[0]).toMatchObject({ status: "completed", output: 3, attempts: 3 });
    const wrong = await project.run(script("Guess", "echo 1", "verify: output == 3\noutput: integer"));
    expect(wrong.error).toMatchObject({ code: "step/verify-failed" });
  });

  test("budget.time ends the run, and the time it waits does not count", async () => {
    const report = await project.run(
      `---\nbudget: { time: 1s }\n---\n${yaml("Rest", "wait: 1500ms")}${script("Work", "sleep 30")}`,
    );
    expect(report).toMatchObject({ status: "failed", error: { code: "budget/exceeded" } });
    expect(statuses(report)).toEqual({ rest: "completed", work: "cancelled" });
  });
});

describe("waits", () => {
  test("wait-until: a moment, also a past one; something else fails", async () => {
    const report = await project.run(
      yaml("Past", "wait-until: 2020-01-01T00:00:00Z") +
        yaml("Soon", "set: { at: 2020-01-01T00:00:00.000Z }") +
        yaml("Then", 'wait-until: "${{ steps.soon.output.at }}"'),
    );
    expect(report.status).toBe("completed");
    const at = new Date(Date.now() + 1500).toISOString();
    const run = await project.start(
      `---\ninputs: { at: string }\n---\n${yaml("Then", 'wait-until: "${{ inputs.at }}"')}${script("After", "date +%s%3N > reached")}`,
      { inputs: { at } },
    );
    expect((await project.follow(run, "waiting")).steps[0]).toMatchObject({ status: "waiting" });
    expect((await project.follow(run)).steps[0]).toMatchObject({ status: "completed", output: at });
    expect(Number(project.read("reached"))).toBeGreaterThanOrEqual(Date.parse(at));
    const wrong = await project.run(
      yaml("Word", "set: { at: soon }") + yaml("Then", 'wait-until: "${{ steps.word.output.at }}"'),
    );
    expect(wrong.error).toMatchObject({ code: "wait/bad-moment" });
  });

  test("wait-for: early signals are kept, wrong ones told, the argument is the output, time runs out", async () => {
    const run = await project.start(
      yaml("Gate", "approval: { message: Go? }") +
        yaml("Paid", "wait-for: { signal: paid, schema: { amount: number } }"),
    );
    const handle = project.connected.client.workflow.getHandle(run);
    await handle.signal("paid", { amount: "much" });
    await handle.signal("paid", { amount: 20 });
    await handle.signal("unrelated", 1);
    await decide(project.connected, { run, decision: "approve", by: "ann" });
    const report = await project.follow(run);
    expect(outputs(report)["paid"]).toEqual({ amount: 20 });
    expect(report.notices.join()).toMatch(/does not fit Paid.*unrelated/s);
    const late = await project.run(yaml("Never", "wait-for: { signal: never, timeout: 200ms }"));
    expect(late.error).toMatchObject({ code: "wait/expired" });
  });

  test("ask: the form is checked, and is the output", async () => {
    const run = await project.start(
      yaml(
        "Which",
        "ask: { message: Which?, fields: { color: { type: string, enum: [red, blue] }, n: 3 }, approvers: [ann] }",
      ),
    );
    await project.follow(run, "waiting");
    const answer = (form: object, by = "ann") =>
      decide(project.connected, { run, decision: "answer", by, form: form as never });
    await expect(answer({ color: "green" })).rejects.toThrow();
    await expect(answer({})).rejects.toThrow();
    await expect(answer({ color: "red" }, "ben")).rejects.toThrow();
    await expect(decide(project.connected, { run, decision: "approve", by: "ann" })).rejects.toThrow();
    await answer({ color: "red" });
    const report = await project.follow(run);
    expect(outputs(report)["which"]).toEqual({ color: "red", n: 3 });
    expect(report.approvals).toMatchObject([{ status: "answered", votes: [{ by: "ann", decision: "answer" }] }]);
  });
});

test("forms inside loops, groups and child runs are asked and answered where they stand", async () => {
  const run = await project.start(
    yaml("Each", 'for-each: ["a", "b"]\ngroup: { sequence: true }') +
      yaml("Form", 'ask: { message: "${{ item }}?", fields: { n: integer } }', "###") +
      yaml("Twice", 'set: { n: "${{ steps.form.output.n * 2 }}" }', "###") +
      yaml("Call", "workflow: filling.md"),
  );
  const answer = (of: string, step: string, n: number) =>
    decide(project.connected, { run: of, step, decision: "answer", by: "ann", form: { n } });
  const asked = await project.reportWhen(run, ({ approvals }) => approvals.length === 2);
  expect(asked.approvals.map(({ message }) => message).sort()).toEqual(["a?", "b?"]);
  await answer(run, "each[1].form", 2);
  await answer(run, "each[0].form", 1);
  await project.reportWhen(run, ({ steps }) => steps.at(-1)?.status === "waiting");
  await answer(`${run}.call`, "form", 3);
  const report = await project.follow(run);
  expect(report.error).toBeNull();
  expect(outputs(report)).toMatchObject({ each: [{ twice: { n: 2 } }, { twice: { n: 4 } }], call: { n: 3 } });
});

describe("child workflows", () => {
  test("take inputs, give outputs, and are runs of their own", async () => {
    const report = await project.run(
      yaml("N", "set: { n: 4 }") +
        yaml("Call", 'workflow: child.md\nwith: { n: "${{ steps.n.output.n }}" }') +
        yaml("After", 'set: { x: "${{ steps.call.output.twice + 1 }}" }'),
    );
    expect(report.error).toBeNull();
    expect(outputs(report)["after"]).toEqual({ x: 9 });
    const child = await project.follow(report.steps[1]?.childRun as string);
    expect(child).toMatchObject({ workflow: "child", status: "completed", inputs: { n: 4 } });
  });

  test("fail with the child's code, are cancelled with their parent, and ask people themselves", async () => {
    const bad = await project.run(
      yaml("Word", "set: { n: four }") + yaml("Call", 'workflow: child.md\nwith: { n: "${{ steps.word.output.n }}" }'),
    );
    expect(bad.error).toMatchObject({ code: "input/invalid" });
    const run = await project.start(yaml("Call", "workflow: asking.md"));
    await project.reportWhen(run, ({ steps }) => steps[0]?.childRun !== undefined);
    const child = await project.follow(`${run}.call`, "waiting");
    expect(child.approvals).toMatchObject([{ step: "gate", status: "pending" }]);
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
    expect((await project.follow(`${run}.call`)).status).toBe("cancelled");
  });
});

describe("an operator", () => {
  test("pauses: nothing begins; resumes: it goes on", async () => {
    const run = await project.start(script("One", "sleep 0.5; echo one >> held") + script("Two", "echo two >> held"));
    await project.reportWhen(run, ({ steps }) => steps[0]?.status === "running");
    await controlRun(project.connected, run, { action: "pause" });
    const held = await project.reportWhen(run, ({ steps }) => steps[0]?.status === "completed");
    expect([held.status, held.steps[1]?.status]).toEqual(["paused", "pending"]);
    await expect(controlRun(project.connected, run, { action: "pause" })).rejects.toThrow();
    await controlRun(project.connected, run, { action: "resume" });
    expect((await project.follow(run)).status).toBe("completed");
    expect(lines("held")).toEqual(["one", "two"]);
  });

  test("cancels a paused run", async () => {
    const run = await project.start(yaml("Gate", "approval: { message: Go? }") + yaml("Two", "set: { a: 1 }"));
    await project.follow(run, "waiting");
    await controlRun(project.connected, run, { action: "pause" });
    await decide(project.connected, { run, decision: "approve", by: "ann" });
    await project.reportWhen(run, ({ steps }) => steps[0]?.status === "completed");
    await cancelRun(project.connected, run);
    expect((await project.follow(run)).status).toBe("cancelled");
  });

  test("skips a step that waits and one that has not begun; not one that runs or has ended", async () => {
    const run = await project.start(
      script("Ended", "true", "needs: []\neffect: read") +
        script("Long", "while [ ! -e skip-done ]; do sleep 0.05; done", "needs: []\neffect: read") +
        yaml("Gate", "needs: [ended]\napproval: { message: Go? }") +
        script("Two", "echo two >> skipped"),
    );
    await project.reportWhen(run, ({ steps }) => steps[2]?.status === "waiting" && steps[1]?.status === "running");
    await controlRun(project.connected, run, { action: "skip", step: "two" });
    const refuses = (step: string, code: string) =>
      expect(controlRun(project.connected, run, { action: "skip", step })).rejects.toMatchObject({
        diagnostics: [{ code }],
      });
    await refuses("nope", "control/unknown-step");
    await refuses("ended", "control/refused");
    await refuses("long", "control/refused");
    project.write("skip-done", "");
    await controlRun(project.connected, run, { action: "skip", step: "gate" });
    const report = await project.follow(run);
    expect([report.status, statuses(report)]).toEqual([
      "completed",
      { ended: "completed", long: "completed", gate: "skipped", two: "skipped" },
    ]);
    expect(lines("skipped")).toEqual([]);
  });
});

test("an operator is refused the skip of what never begins at that path", async () => {
  const run = await project.start(
    yaml("Gate", "approval: { message: Go? }") +
      yaml("Each", "for-each: '${{ [1, 2] }}'\ngroup:") +
      script("Inside", "echo inside >> unskipped", "effect: read", "###") +
      script("Bad", "exit 1", "on-error: fix\nretry: { max-attempts: 1 }\neffect: read") +
      yaml("Fix", "group:") +
      script("Mend", "echo mend >> unskipped", "effect: read", "###"),
  );
  await project.follow(run, "waiting");
  for (const [step, message] of [
    ["each.inside", /each\[0\]\.inside/],
    ["fix", /bad/],
    ["fix.mend", /bad/],
  ] as const)
    await expect(controlRun(project.connected, run, { action: "skip", step })).rejects.toMatchObject({
      diagnostics: [{ code: "control/refused", message: expect.stringMatching(message) }],
    });
  await controlRun(project.connected, run, { action: "skip", step: "each" });
  await decide(project.connected, { run, decision: "approve", by: "ann" });
  const report = await project.follow(run);
  expect(statuses(report)).toMatchObject({ each: "skipped", fix: "completed", mend: "completed" });
  expect(lines("unskipped")).toEqual(["mend"]);
});

describe("concurrency", () => {
  const text = (cancel: boolean, group: string) =>
    `---\nconcurrency: { group: ${group}, cancel-in-progress: ${cancel} }\n---\n${script("Work", `echo "in $run" >> slots; while [ ! -e go-${group} ]; do sleep 0.05; done; echo "out $run" >> slots`, 'with: { run: "${{ run.id }}" }')}`;

  test("one run of a group works at a time, in the order of their coming", async () => {
    const first = await project.start(text(false, "a"), { id: "slot-1" });
    await project.reportWhen(first, ({ steps }) => steps[0]?.status === "running");
    const second = await project.start(text(false, "a"), { id: "slot-2" });
    project.write("go-a", "");
    expect((await project.follow(second)).status).toBe("completed");
    expect((await project.follow(first)).status).toBe("completed");
    expect(lines("slots")).toEqual(["in slot-1", "out slot-1", "in slot-2", "out slot-2"]);
  });

  test("a run that is paused in line stays paused when its turn comes", async () => {
    const first = await project.start(text(false, "c"), { id: "slot-5" });
    await project.reportWhen(first, ({ steps }) => steps[0]?.status === "running");
    const second = await project.start(text(false, "c"), { id: "slot-6" });
    await project.reportWhen(second, ({ status }) => status === "waiting");
    await controlRun(project.connected, second, { action: "pause" });
    expect(await controlRun(project.connected, second, { action: "resume" })).toMatchObject({ status: "waiting" });
    await controlRun(project.connected, second, { action: "pause" });
    project.write("go-c", "");
    await project.follow(first);
    await expect.poll(() => project.history(second), { timeout: 20_000 }).toContain("workflowExecutionSignaled");
    const held = await project.reportWhen(second, () => true);
    expect([held.status, held.steps[0]?.status]).toEqual(["paused", "pending"]);
    expect(await controlRun(project.connected, second, { action: "resume" })).toMatchObject({ status: "running" });
    expect((await project.follow(second)).status).toBe("completed");
  });

  test.each([
    ["short", 'concurrency: "short-${{ inputs.customer }}"'],
    ["long", 'concurrency: { group: "long-${{ inputs.customer }}" }'],
  ])(
    "a group that holds an input, in its %s form: two customers work at once, two runs of one do not",
    async (form, key) => {
      const work = `---\ninputs: { customer: { type: string, required: true } }\n${key}\n---\n${script("Work", `echo "in $run" >> ${form}; while [ ! -e "go-${form}-$customer" ]; do sleep 0.05; done; echo "out $run" >> ${form}`, 'with: { run: "${{ run.id }}", customer: "${{ inputs.customer }}" }')}`;
      const start = (id: string, customer: string) =>
        project.start(work, { id: `${form}-${id}`, inputs: { customer } });
      const first = await start("1", "ann");
      await expect.poll(() => lines(form), { timeout: 10_000 }).toEqual([`in ${first}`]);
      const second = await start("2", "ann");
      const other = await start("3", "ben");
      project.write(`go-${form}-ben`, "");
      expect((await project.follow(other)).status).toBe("completed");
      expect(lines(form)).toEqual([`in ${first}`, `in ${other}`, `out ${other}`]);
      project.write(`go-${form}-ann`, "");
      expect((await project.follow(second)).status).toBe("completed");
      expect((await project.follow(first)).status).toBe("completed");
      expect(lines(form).slice(3)).toEqual([`out ${first}`, `in ${second}`, `out ${second}`]);
    },
  );

  test("a run that is cancelled in line has not begun: nothing of it runs beside the one that works, nor does `## Finally`", async () => {
    const last = (file: string) => text(false, "d") + script("Finally", `echo end >> ${file}`, "effect: read");
    const first = await project.start(last("ends-in-line"), { id: "slot-7" });
    await project.reportWhen(first, ({ steps }) => steps[0]?.status === "running");
    const second = await project.start(last("ends-in-line"), { id: "slot-8" });
    await project.reportWhen(second, ({ status }) => status === "waiting");
    await cancelRun(project.connected, second);
    const report = await project.follow(second);
    expect([report.status, report.steps.map(({ status }) => status)]).toEqual(["cancelled", ["pending", "pending"]]);
    expect(lines("ends-in-line")).toEqual([]);
    project.write("go-d", "");
    expect((await project.follow(first)).status).toBe("completed");
    expect(lines("ends-in-line")).toEqual(["end"]);
  });

  test("cancel-in-progress: the newest run takes the place", async () => {
    const first = await project.start(text(true, "b"), { id: "slot-3" });
    await project.reportWhen(first, ({ steps }) => steps[0]?.status === "running");
    const second = await project.start(text(true, "b"), { id: "slot-4" });
    expect((await project.follow(first)).status).toBe("cancelled");
    project.write("go-b", "");
    expect((await project.follow(second)).status).toBe("completed");
  });
});
