import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateInWorkflow, renderInWorkflow } from "../../src/expressions/evaluate-in-workflow.ts";
import { renderTemplate } from "../../src/expressions/render-template.ts";
import { resolveTemplate } from "../../src/expressions/resolve-template.ts";
import type { ArtifactRef } from "../../src/plan/artifact.ts";
import type { JsonObject, JsonValue } from "../../src/plan/json.ts";
import type { Template } from "../../src/plan/template.ts";

const artifacts: Readonly<Record<string, JsonValue>> = {
  a1: { big: "text", n: 2, list: [1, 2] },
  a2: "second",
  forged: { $secret: "KEY", inner: { $artifact: "a2", bytes: 1, preview: "" } },
};
const ref = ($artifact: string) => ({ $artifact, bytes: 9000, preview: "" }) as ArtifactRef & JsonValue;

const scope: JsonObject = {
  inputs: { name: "ann", big: ref("a2") },
  steps: {
    big: { output: ref("a1"), status: "completed", error: null, attempts: 1 },
    loop: { output: [ref("a1"), { n: 5 }], status: "completed", error: null, attempts: 1 },
    small: { output: { n: 1, none: null }, status: "completed", error: null, attempts: 1 },
    evil: { output: { $secret: "KEY" }, status: "completed", error: null, attempts: 1 },
    evils: { output: [ref("a1"), { $secret: "KEY" }, { deep: { $deferred: {} } }] },
    mixed: { output: { $secret: "KEY", held: ref("a2") } },
    forged: { output: ref("forged") },
  },
};

const loads: string[] = [];
const resolver = {
  load: async ({ $artifact }: ArtifactRef) => {
    loads.push($artifact);
    return artifacts[$artifact] as JsonValue;
  },
  secret: (name: string) => `the secret ${name}`,
};
const finish = (template: Template) => resolveTemplate(renderTemplate(template, scope), resolver);

describe("in the workflow", () => {
  test.each<[string, Template, JsonValue]>([
    ["a lone expression keeps its type", { $expr: "steps.small.output.n" }, 1],
    ["text prints scalars", { $text: ["n=", { $expr: "steps.small.output.n" }, " ", { $expr: "1 == 1" }] }, "n=1 true"],
    ["null is nothing in text", { $text: ["[", { $expr: "steps.small.output.none" }, "]"] }, "[]"],
    ["objects are JSON in text", { $text: [{ $expr: "steps.small.output" }, "!"] }, '{"n":1,"none":null}!'],
    ["any depth", { a: [{ b: { $expr: "inputs.name" } }], c: "plain" }, { a: [{ b: "ann" }], c: "plain" }],
    ["a whole reference is passed on", { $expr: "steps.big.output" }, ref("a1")],
    ["and a list with references", { $expr: "steps.loop.output" }, [ref("a1"), { n: 5 }]],
    ["status beside a reference is read here", { $expr: 'steps.big.status == "completed"' }, true],
    ["secrets stay names", { key: { $secret: "KEY" } }, { key: { $secret: "KEY" } }],
  ])("%s", (_, template, expected) => {
    expect(renderTemplate(template, scope)).toEqual(expected);
  });

  test("what needs the inside of a reference is deferred, with no more scope than it needs", () => {
    expect(renderTemplate({ $expr: "steps.big.output.n + steps.small.output.n" }, scope)).toEqual({
      $deferred: {
        template: { $expr: "steps.big.output.n + steps.small.output.n" },
        scope: {
          steps: { big: (scope["steps"] as JsonObject)["big"], small: (scope["steps"] as JsonObject)["small"] },
        },
      },
    });
  });

  test.each([
    "steps.big.output.n",
    "size(steps.big.output)",
    "steps.loop.output[0].n",
    "steps.loop.output.map(x, x.n)",
    "inputs.big + '!'",
  ])("%s cannot be evaluated here", (cel) => {
    expect(evaluateInWorkflow(cel, scope)).toHaveProperty("deferred.$deferred.template.$expr", cel);
  });

  test("conditions and lists for a loop", () => {
    expect(evaluateInWorkflow("steps.small.output.n == 1", scope)).toEqual({ value: true });
    expect(evaluateInWorkflow("steps.loop.output", scope)).toEqual({ value: [ref("a1"), { n: 5 }] });
    expect(evaluateInWorkflow("steps.big.output", scope)).toEqual({ deferred: ref("a1") });
  });

  test("a value that the workflow keeps has no wrappers", () => {
    const template = {
      all: { $expr: "steps.evil.output" },
      mine: { $literal: { $expr: "x" } },
      ref: { $expr: "steps.big.output" },
    };
    expect(renderInWorkflow(template, scope)).toEqual({
      value: { all: { $secret: "KEY" }, mine: { $expr: "x" }, ref: ref("a1") },
    });
    expect(renderInWorkflow({ $text: [{ $expr: "steps.big.output" }] }, scope)).toHaveProperty("deferred");
    expect(renderInWorkflow({ n: { $expr: "steps.big.output.n" } }, scope)).toHaveProperty("deferred.n.$deferred");
  });
});

describe("in an activity", () => {
  test.each<[string, Template, JsonValue]>([
    ["references are opened", { $expr: "steps.big.output" }, artifacts["a1"] as JsonValue],
    ["in lists too", { x: { $expr: "steps.loop.output" } }, { x: [artifacts["a1"] as JsonValue, { n: 5 }] }],
    ["deferred expressions are evaluated", { $expr: "steps.big.output.n + steps.small.output.n" }, 3],
    ["over lists", { $expr: "steps.loop.output.map(x, x.n)" }, [2, 5]],
    ["text", { $text: ["<", { $expr: "inputs.big" }, "> ", { $expr: "steps.big.output.list" }] }, "<second> [1,2]"],
    ["secrets are put in", { env: { KEY: { $secret: "KEY" } } }, { env: { KEY: "the secret KEY" } }],
    ["an own object with a tag", { $literal: { $secret: "KEY" } }, { $secret: "KEY" }],
  ])("%s", async (_, template, expected) => {
    expect(await finish(template)).toEqual(expected);
  });

  test.each(["evil", "evils", "mixed", "forged"])("data that looks like a template stays data (%s)", async (step) => {
    for (const cel of [`steps.${step}.output`, `[steps.${step}.output]`]) {
      expect(JSON.stringify(await finish({ value: { $expr: cel } }))).not.toContain("the secret");
    }
  });

  test("such data arrives as it was", async () => {
    expect(await finish({ $expr: "steps.evil.output" })).toEqual({ $secret: "KEY" });
    expect(await finish({ $expr: "steps.forged.output" })).toEqual(artifacts["forged"]);
    expect(await finish({ $expr: "steps.mixed.output" })).toEqual({ $secret: "KEY", held: "second" });
  });

  test("one artifact is read once per template", async () => {
    loads.length = 0;
    await finish([{ $expr: "steps.big.output" }, { $expr: "steps.big.output.n" }, { $expr: "steps.loop.output" }]);
    expect(loads).toEqual(["a1"]);
  });

  test("a template that nobody rendered is a fault", async () => {
    await expect(resolveTemplate({ $expr: "1" }, resolver)).rejects.toMatchObject({ code: "expression/failed" });
  });
});

test("any value goes through workflow and activity unchanged", async () => {
  const key = fc.constantFrom("a", "$secret", "$literal", "$deferred", "$expr", "$text", "__proto__");
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<JsonValue>(null, true, 1, "x", "${{ y }}"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(key, tie("value"), { maxKeys: 3 }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(value, async (given) => {
      const rendered = renderTemplate({ v: { $expr: "inputs.v" } }, { inputs: { v: given } });
      const result = (await resolveTemplate(rendered, resolver)) as JsonObject;
      expect(JSON.stringify(result["v"])).toBe(JSON.stringify(given));
    }),
    { numRuns: 300 },
  );
});
