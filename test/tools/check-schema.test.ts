import { describe, expect, test } from "vitest";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { JsonObject, JsonValue } from "../../src/plan/json.ts";
import { checkAgainstSchema } from "../../src/schema/check-schema.ts";
import { faultOfSchema } from "../../src/schema/fault-of-schema.ts";

const copy = (schema: JsonObject): JsonObject => JSON.parse(JSON.stringify(schema)) as JsonObject;
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const named: JsonObject = {
  $id: "https://example.test/person",
  type: "object",
  properties: { name: { $ref: "#/$defs/text" } },
  $defs: { text: { type: "string" } },
  required: ["name"],
};

describe("a schema", () => {
  test("with an $id is taken as often as it comes, and another one may have the same $id", async () => {
    for (let count = 0; count < 3; count += 1) {
      expect(await checkAgainstSchema(copy(named), { name: "Ann" })).toEqual([]);
      expect(await checkAgainstSchema(copy(named), { name: 1 })).toEqual(["/name must be string"]);
    }
    const other = { $id: "https://example.test/person", type: "string" };
    expect(await checkAgainstSchema(other, "Ann")).toEqual([]);
    expect(await checkAgainstSchema(copy(named), { name: "Ann" })).toEqual([]);
  });

  test.each([
    "http://json-schema.org/draft-07/schema#",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-04/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
  ])("of another draft is read by its own rules: %s", async ($schema) => {
    const schema = { $schema, $id: "https://example.test/x", type: "object", properties: { n: { type: "integer" } } };
    expect(await checkAgainstSchema(schema, { n: 1 })).toEqual([]);
    expect(await checkAgainstSchema(schema, { n: "1" })).toEqual(["/n must be integer"]);
  });

  test("that draft-07 says otherwise than 2020-12 is understood", async () => {
    const items: JsonValue = [{ type: "string" }, { type: "integer" }];
    const tuple = { $schema: "http://json-schema.org/draft-07/schema#", type: "array", items, additionalItems: false };
    expect(await checkAgainstSchema(tuple, ["a", 1])).toEqual([]);
    expect(await checkAgainstSchema(tuple, ["a", "b"])).toEqual(["/1 must be integer"]);
  });

  test("that is no schema is one problem", async () => {
    expect(await checkAgainstSchema({ type: "objekt" }, {})).toEqual([
      expect.stringContaining("the schema itself is invalid: "),
    ]);
    expect(await checkAgainstSchema({ $schema: "https://example.test/meta" }, {})).toEqual([
      expect.stringContaining("https://example.test/meta"),
    ]);
  });
});

test("problems without number are told by the first of them", async () => {
  const schema = { type: "array", items: { type: "string" } };
  const listOf = (length: number) => Array.from({ length }, () => 1);
  const problems = await checkAgainstSchema(schema, listOf(1000));
  expect(problems).toHaveLength(21);
  expect(problems.at(-1)).toBe("and 980 more");
  // To look for all of them would take the memory of the whole worker.
  expect(await checkAgainstSchema(schema, listOf(5_000_000))).toEqual(["/0 must be string", "and maybe more"]);
});

test("a schema is said to be wrong before anything is checked against it", () => {
  expect(faultOfSchema(named)).toBeUndefined();
  expect(faultOfSchema(true)).toBe("a schema is an object");
  expect(faultOfSchema({ type: "object", properties: 5 })).toContain("schema/properties must be object");
  expect(faultOfSchema({ $ref: "#/$defs/nowhere" })).toContain("#/$defs/nowhere");
});

test("checks leave nothing behind, however many schemas there are", async () => {
  const many = async (from: number) => {
    for (let n = from; n < from + 200; n += 1) {
      await checkAgainstSchema(
        { $id: `https://example.test/${n}`, type: "object", properties: { [`p${n}`]: { minimum: n } } },
        {},
      );
      await checkAgainstSchema(copy(named), { name: "Ann" });
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  await many(0);
  const before = await many(200);
  expect((await many(400)) - before).toBeLessThan(2_000_000);
});
