import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAlive } from "../../src/system/is-alive.ts";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

const script = (body: string, step = "") =>
  `\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${step || "effect: read"}\n\`\`\`\n`;
const stepOf = (report: Awaited<ReturnType<TestProject["run"]>>, id: string) => {
  const found = report.steps.find((step) => step.id === id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return found;
};

describe("values", () => {
  test("defaults are filled in at any depth: of inputs, of a form, of what a script gives", async () => {
    const report = await project.run(
      `---
inputs: { o: { type: object, required: true, properties: { a: { type: integer, default: 3 }, l: { type: array, items: { type: object, properties: { b: { type: string, default: x } } } } } } }
---
## Give
${script('echo "{\\"n\\": 1}"', "effect: read\noutput: { limit: 20, n: integer, deep: { type: object, default: {}, properties: { c: { type: integer, default: 7 } } } }")}
## Sum
\`\`\`yaml step
set: { n: "\${{ inputs.o.a + steps.give.output.limit + steps.give.output.deep.c }}", b: "\${{ inputs.o.l.map(one, one.b) }}" }
\`\`\`
`,
      { inputs: { o: { l: [{}, { b: "y" }] } } },
    );
    expect(report.error).toBeNull();
    expect(stepOf(report, "give").output).toEqual({ n: 1, limit: 20, deep: { c: 7 } });
    expect(stepOf(report, "sum").output).toEqual({ n: 30, b: ["x", "y"] });
  });

  test("`env` is text everywhere, also what comes from inputs; a secret is for scripts alone", async () => {
    const markdown = `---
inputs: { place: { type: string, default: here }, n: integer }
env: { B: true, N: 3.10, PLACE: "\${{ inputs.place }}", WHO: "\${{ env.PLACE }} in \${{ run.workflow }}", FIVE: "\${{ inputs.n + 1 }}" }
name: env-of-inputs
outputs: { place: "\${{ env.PLACE }}" }
---
## Look
${script('echo "$B $N $PLACE $WHO $FIVE"', `effect: read\nif: env.B == "true" && env.PLACE == "here" && env.FIVE == "5"`)}
## Tell
\`\`\`yaml step
set: { all: "\${{ env }}" }
\`\`\`
`;
    const report = await project.run(markdown, { inputs: { n: 4 } });
    expect(report.error).toBeNull();
    expect(stepOf(report, "look").output).toBe("true 3.10 here here in env-of-inputs 5");
    const all = { B: "true", N: "3.10", PLACE: "here", WHO: "here in env-of-inputs", FIVE: "5" };
    expect(stepOf(report, "tell").output).toEqual({ all });
    expect(report.outputs).toEqual({ place: "here" });
    // What cannot be made text is told at once, and not by the first step that needs it.
    expect((await project.run(markdown)).error).toMatchObject({
      code: "expression/null",
      message: expect.stringContaining("env.FIVE"),
      step: null,
    });
  });

  test("a step's output feeds the next with its type, and the outputs of the run", async () => {
    const report = await project.run(
      `---
inputs: { n: { type: integer, default: 5 } }
outputs: { half: "\${{ steps.half.output.value }}", text: "n is \${{ inputs.n }}" }
---
## Half
\`\`\`yaml step
set: { value: "\${{ inputs.n / 2 }}", list: [1, "\${{ inputs.n }}"] }
\`\`\`
## Show
${script('echo "{\\"got\\": $value}"', 'with: { value: "${{ steps.half.output.value }}" }\neffect: read\noutput: { got: integer }')}`,
      { inputs: { n: 9 } },
    );
    expect(report.outputs).toEqual({ half: 4, text: "n is 9" });
    expect(stepOf(report, "half").output).toEqual({ value: 4, list: [1, 9] });
    expect(stepOf(report, "show").output).toEqual({ got: 4 });
  });

  test("an output that does not fit its declaration fails the step, and says how", async () => {
    const report = await project.run(
      `## One\n${script('echo \'{"n": "x"}\'', "output: { n: integer }\neffect: read\nretry: { max-attempts: 1 }")}`,
    );
    expect(report.status).toBe("failed");
    expect(stepOf(report, "one").error).toMatchObject({ code: "script/invalid-output" });
    expect(stepOf(report, "one").error?.message).toContain("n");
  });

  test("a json schema block declares the output: what fits is kept, what does not fails the step", async () => {
    const schema =
      '```json schema\n{ "type": "object", "required": ["n"], "properties": { "n": { "type": "integer", "maximum": 5 } } }\n```\n';
    const step = (text: string) =>
      `## One\n${script(`echo '${text}'`, "effect: read\nretry: { max-attempts: 1 }")}${schema}`;
    const good = await project.run(step('{"n": 5}'));
    expect(good.error).toBeNull();
    expect(stepOf(good, "one").output).toEqual({ n: 5 });
    for (const [text, code] of [
      ['{"n": 6}', "script/invalid-output"],
      ["{}", "script/invalid-output"],
      ["7", "script/invalid-output"],
      ["no JSON", "script/output-not-json"],
    ] as const) {
      const bad = await project.run(step(text));
      expect(bad.status).toBe("failed");
      expect(stepOf(bad, "one").error?.code).toBe(code);
    }
  });

  test.each([
    ["plain text", "plain text"],
    ["42", "42"],
    ['{"a": 1}', '{"a": 1}'],
    ['"quoted"', "quoted"],
    ["", ""],
  ])("output: string is the text of stdout, or the JSON string that it is: %j", async (printed, output) => {
    const report = await project.run(`## One\n${script(`echo '${printed}'`, "effect: read\noutput: string")}`);
    expect(report.error).toBeNull();
    expect(stepOf(report, "one").output).toBe(output);
  });

  test("inputs are checked again at the start, whoever starts the run", async () => {
    const report = await project.run(`---\ninputs: { n: integer }\n---\n## One\n${script("echo hi")}`, {
      inputs: { n: "many" },
    });
    expect(report).toMatchObject({ status: "failed", error: { code: "input/invalid", step: null } });
  });

  test("a result above 4 KB leaves history as a reference, and later steps still see inside", async () => {
    const run = await project.start(
      `---
outputs: { first: "\${{ steps.big.output.list[0].name }}" }
---
## Big
${script(`node -e 'console.log(JSON.stringify({list: Array.from({length: 2000}, (_, i) => ({name: "name-" + i, i}))}))'`)}
## Count
\`\`\`yaml step
set: { size: "\${{ steps.big.output.list.size() }}" }
\`\`\`
## Each
\`\`\`yaml step
for-each: steps.big.output.list.filter(one, one.i < 3)
set: { name: "\${{ item.name }}" }
\`\`\`
## Whole
${script("node -e 'console.log(JSON.parse(require(\"fs\").readFileSync(0)).list.list.length)'", 'with: { list: "${{ steps.big.output }}" }\neffect: read')}`,
    );
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    expect(report.outputs).toEqual({ first: "name-0" });
    expect(stepOf(report, "big").output).toMatchObject({ $artifact: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(stepOf(report, "count").output).toEqual({ size: 2000 });
    expect(stepOf(report, "each").output).toEqual([{ name: "name-0" }, { name: "name-1" }, { name: "name-2" }]);
    expect(stepOf(report, "whole").output).toBe(2000);
    const { events } = await project.connected.client.workflow.getHandle(run).fetchHistory();
    expect(JSON.stringify(events).length).toBeLessThan(60_000);
  });

  test("an expression that fails at run time fails its step with the line of the step", async () => {
    const report = await project.run(
      `---\ninputs: { text: string }\n---\n## Parse\n\`\`\`yaml step\nset: { n: "\${{ int(inputs.text) }}" }\n\`\`\`\n`,
      {
        inputs: { text: "no number" },
      },
    );
    expect(report.status).toBe("failed");
    expect(report.error).toMatchObject({ code: "expression/failed", step: "parse" });
    expect(stepOf(report, "parse").source.line).toBe(4);
  });
});

describe("conditions", () => {
  test("a skipped step is skipped, not failed; what follows sees its status", async () => {
    const report = await project.run(
      `## One\n${script("echo one", "if: 1 > 2\neffect: read")}## Two\n${script("echo two", "if: steps.one.status == 'skipped'\neffect: read")}`,
    );
    expect(report.steps.map((step) => step.status)).toEqual(["skipped", "completed"]);
    expect(report.status).toBe("completed");
  });

  test("of every form mark exactly the right steps skipped", async () => {
    const conditions: readonly (readonly [cel: string, holds: boolean])[] = [
      ["inputs.n != 5", false],
      ["inputs.n != 4", true],
      ["inputs.n == 5", true],
      ["inputs.n < 5", false],
      ["inputs.n <= 5", true],
      ["inputs.who in ['ann', 'ben']", true],
      ["inputs.who in ['ben']", false],
      ["inputs.n > 1 && inputs.who == 'ann'", true],
      ["inputs.n > 1 && inputs.who == 'ben'", false],
      ["inputs.n > 9 || inputs.who == 'ann'", true],
      ["!(inputs.n > 1)", false],
      ["false", false],
      ["true", true],
    ];
    const steps = conditions.map(
      ([cel], index) => `## S${index}\n\`\`\`yaml step\nif: "${cel}"\nset: { a: 1 }\n\`\`\`\n`,
    );
    const report = await project.run(
      `---\ninputs: { n: { type: integer, default: 5 }, who: { type: string, default: ann } }\n---\n${steps.join("")}`,
    );
    expect(report.status).toBe("completed");
    expect(report.steps.map(({ status, output }) => [status, output])).toEqual(
      conditions.map(([, holds]) => (holds ? ["completed", { a: 1 }] : ["skipped", null])),
    );
  });

  test("a condition that gives no boolean fails its step", async () => {
    const report = await project.run(
      `## One\n${script(`echo '{"a": { "b": 1 }}'`)}## Two\n${script("echo two", "if: steps.one.output.a\neffect: read")}`,
    );
    expect(report.error).toMatchObject({ code: "expression/not-boolean", step: "two" });
  });
});

describe("failures", () => {
  test("retries are counted, wait, and stop at the step's number", async () => {
    const report = await project.run(
      `## Flaky\n${script('echo x >> tries\n[ $(wc -l < tries) -ge 3 ] || { echo "not yet" >&2; exit 7; }\necho done', "retry: { max-attempts: 5, initial-interval: 10ms }\neffect: idempotent")}`,
    );
    expect(report.status).toBe("completed");
    expect(stepOf(report, "flaky")).toMatchObject({ attempts: 3, output: "done" });
    const worn = await project.run(
      `## Worn\n${script('echo "broken $(echo x)" >&2; exit 7', "retry: { max-attempts: 2, initial-interval: 10ms }\neffect: idempotent")}`,
    );
    expect(stepOf(worn, "worn")).toMatchObject({ status: "failed", attempts: 2, error: { code: "script/exit" } });
    expect(worn.error?.message).toContain("broken x");
  });

  test("continue-on-error lets the run go on; the step stays failed and is seen as that", async () => {
    const report = await project.run(
      `## Bad\n${script("exit 3", "continue-on-error: true\neffect: read\nretry: { max-attempts: 1 }")}## After\n\`\`\`yaml step\nset: { seen: "\${{ steps.bad.status }} \${{ steps.bad.error.code }}" }\n\`\`\`\n`,
    );
    expect(report.status).toBe("completed");
    expect(report.steps.map((step) => step.status)).toEqual(["failed", "completed"]);
    expect(stepOf(report, "after").output).toEqual({ seen: "failed script/exit" });
  });

  test("on-failure: continue runs the rest and still ends failed", async () => {
    const report = await project.run(
      `---\non-failure: continue\n---\n## Bad\n${script("exit 3", "effect: read\nretry: { max-attempts: 1 }")}## After\n${script("echo after")}`,
    );
    expect(report.status).toBe("failed");
    expect(report.error).toMatchObject({ code: "script/exit", step: "bad" });
    expect(stepOf(report, "after").status).toBe("completed");
  });

  test("a step that takes too long is stopped; one that may not repeat ends with its outcome unknown", async () => {
    const slow = await project.run(
      `## Slow\n${script("sleep 60 & echo $! > pid; wait", "timeout: 300ms\neffect: read\nretry: { max-attempts: 1 }")}`,
    );
    expect(stepOf(slow, "slow")).toMatchObject({ status: "failed", error: { code: "step/timeout" } });
    await expect.poll(() => isAlive(Number(project.read("pid"))), { timeout: 2000 }).toBe(false);
    const once = await project.run(`## Once\n${script("sleep 60", "timeout: 300ms\neffect: at-most-once")}`);
    expect(stepOf(once, "once").status).toBe("outcome-unknown");
    expect(once).toMatchObject({ status: "outcome-unknown", error: { code: "step/outcome-unknown", step: "once" } });
  });

  test("the run's own time limit ends it, and waiting for people does not count", async () => {
    const late = await project.run(
      `---\ntimeout: 1s\n---\n## Slow\n${script("sleep 60")}## Never\n${script("touch never")}`,
    );
    expect(late).toMatchObject({ status: "failed", error: { code: "run/timeout" } });
    expect(project.read("never")).toBe("");
    const patient = await project.run(
      `---\ntimeout: 1s\n---\n## Rest\n\`\`\`yaml step\nwait: 2s\n\`\`\`\n## Then\n${script("echo then")}`,
    );
    expect(patient.status).toBe("completed");
  });
});

describe("local steps", () => {
  test("leave no activity events, one marker each, and retry like others", async () => {
    const run = await project.start(
      `## One\n${script("echo 1", "local: true\neffect: read")}## Two\n${script("echo x >> light\n[ $(wc -l < light) -ge 2 ] || exit 1\necho 2", "local: true\neffect: idempotent\nretry: { max-attempts: 3, initial-interval: 10ms }")}`,
    );
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    expect(report.steps.map((step) => step.output)).toEqual([1, 2]);
    const history = await project.history(run);
    expect(history.filter((type) => type.startsWith("activity"))).toEqual([]);
    expect(history.filter((type) => type === "markerRecorded").length).toBe(2);
  });
});
