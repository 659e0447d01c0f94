import { readFileSync } from "node:fs";
import SwaggerParser from "@apidevtools/swagger-parser";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { JsonObject, JsonValue } from "../../src/plan/json.ts";
import { checkAgainstSchema } from "../../src/schema/check-schema.ts";
import { openTools } from "./open-http-tool.ts";
import { publicDocuments } from "./public-documents.ts";

const documents = ["petstore-3.0.yaml", "petstore-3.1.json", "issues.yaml", "weather.yaml"];
const read = (name: string) => readFileSync(`test/tools/documents/${name}`, "utf8");
const open = (name: string, text = read(name)) =>
  openTools({ [name]: text, "registry.yaml": `tools: { api: { kind: openapi, document: ${name} } }` });
/** Opens a document that is written here. */
const openObject = (paths: JsonValue, more: JsonObject = {}) =>
  open("api.json", JSON.stringify({ openapi: "3.1.0", servers: [{ url: "https://x.example" }], paths, ...more }));
const argumentsOf = async (tools: ReturnType<typeof open>, operation: string) => {
  const found = (await tools.describe("api")).find((one) => one.operation === operation);
  if (found === undefined) throw new Error(`no operation ${operation}`);
  return found.parameters;
};

test.each(documents)("%s: every operation is there, as another reader of OpenAPI sees it", async (name) => {
  const definitions = await open(name).describe("api");
  // The document as a value: nothing is read from disk or net.
  const parsed = (await SwaggerParser.validate(parse(read(name)), { resolve: { external: false } })) as unknown as {
    readonly paths: { readonly [path: string]: { readonly [method: string]: { readonly operationId?: string } } };
  };
  const others = Object.values(parsed.paths).flatMap((item) =>
    Object.entries(item).flatMap(([method, { operationId }]) =>
      ["get", "put", "post", "delete"].includes(method) ? [operationId ?? "get_store_inventory"] : [],
    ),
  );
  expect(definitions.map(({ operation }) => operation).sort()).toEqual(others.sort());
  expect(definitions.map(({ description }) => description).every((text) => text.length > 3)).toBe(true);
});

test.each(Object.entries(publicDocuments))("%s: a public document is read whole", async (name, path) => {
  const text = readFileSync(path, "utf8");
  const definitions = await open(`${name}.json`, text).describe("api");
  const { paths } = JSON.parse(text) as { readonly paths: { readonly [path: string]: object } };
  const methods = Object.values(paths).flatMap((item) =>
    Object.keys(item).filter((key) => ["get", "put", "post", "patch", "delete"].includes(key)),
  );
  expect(definitions).toHaveLength(methods.length);
  for (const { parameters } of definitions)
    expect(() => new Ajv2020({ strict: false, validateFormats: false }).compile(parameters)).not.toThrow();
});

test.each(documents)("%s: the schemas are whole and strict JSON Schemas of 2020-12", async (name) => {
  for (const { parameters } of await open(name).describe("api")) {
    expect(() => new Ajv2020({ strictTypes: false, formats: { int64: true } }).compile(parameters)).not.toThrow();
    expect(JSON.stringify(parameters)).not.toMatch(/nullable|readOnly|#\/components/);
  }
});

test("3.0 is raised to 3.1: null, exclusive limits, what only answers have, schemas within themselves", async () => {
  const schema = await argumentsOf(open("petstore-3.0.yaml"), "addPet");
  expect(schema).toMatchObject({ required: ["body"], properties: { body: { $ref: "#/$defs/Pet" } } });
  const fits = async (body: JsonObject) => checkAgainstSchema(schema, { body });
  expect(
    await fits({ name: "Rex", note: null, weight: 1, category: { name: "dog", parent: { name: "pet" } } }),
  ).toEqual([]);
  expect(await fits({ name: "Rex", weight: 0 })).not.toEqual([]);
  expect(await fits({ name: "Rex", category: { parent: { parent: { name: 1 } } } })).not.toEqual([]);
});

test("arguments: names that clash have their place behind them, others keep what providers of models take", async () => {
  const parameters: JsonObject[] = [
    { name: "id", in: "path", required: true },
    { name: "id", in: "query" },
    { name: "body", in: "query" },
    { name: "filter[state]", in: "query" },
    { name: "filter(state)", in: "query" },
    { name: "größe", in: "query" },
    { name: "x".repeat(100), in: "header" },
    { name: "Authorization", in: "header" },
  ];
  const body = { content: { "application/json": { schema: { type: "object" } } } };
  const tools = openObject({ "/a/{id}": { put: { operationId: "op", parameters, requestBody: body } } });
  const schema = await argumentsOf(tools, "op");
  expect(Object.keys(schema["properties"] as object)).toEqual([
    "id_path",
    "id_query",
    "body_query",
    "filter_state_query",
    "filter_state_query_2",
    "gr_e",
    "x".repeat(64),
    "body",
  ]);
  expect(schema["required"]).toEqual(["id_path"]);
});

test("operations without an id are named by method and path; servers of an operation before those of the document", async () => {
  const tools = openObject({
    "/": { get: {} },
    "/pets/{petId}/toys": { parameters: [{ name: "petId", in: "path", required: true }], get: {}, post: {} },
  });
  const names = (await tools.describe("api")).map(({ operation }) => operation);
  expect(names).toEqual(["get", "get_pets_petId_toys", "post_pets_petId_toys"]);
});

test("an operation says of a parameter what counts, and references are followed wherever they stand", async () => {
  const tools = openObject(
    {
      "/a": { $ref: "#/components/pathItems/a" },
    },
    {
      components: {
        pathItems: {
          a: {
            parameters: [{ $ref: "#/components/parameters/q" }],
            get: {
              operationId: "op",
              parameters: [{ name: "q", in: "query", required: true, schema: { type: "integer" } }],
            },
          },
        },
        parameters: { q: { name: "q", in: "query", schema: { type: "string" } } },
      },
    },
  );
  expect(await argumentsOf(tools, "op")).toMatchObject({ properties: { q: { type: "integer" } }, required: ["q"] });
});

test("properties may be called as keywords are", async () => {
  const properties = {
    nullable: { type: "string" },
    $ref: { type: "string" },
    example: { type: "integer" },
    items: {},
  };
  const schema = { type: "object", properties, example: { $ref: "http://nowhere.example" } };
  const body = { content: { "application/json": { schema } } };
  const found = await argumentsOf(openObject({ "/a": { post: { operationId: "op", requestBody: body } } }), "op");
  expect(found).toMatchObject({ properties: { body: { properties } } });
});

describe("large documents", () => {
  const paths = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `/p${index}/{id}`,
        {
          get: {
            operationId: `op${index}`,
            parameters: [
              { name: "id", in: "path", required: true, schema: { $ref: `#/components/schemas/S${index}` } },
            ],
            responses: { 200: { description: "x".repeat(500) } },
          },
        },
      ]),
    );
  const schemas = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `S${index}`,
        { type: "object", properties: { next: { $ref: `#/components/schemas/S${(index + 1) % count}` } } },
      ]),
    );

  test("5,000 operations over a ring of 5,000 schemas are read in seconds", async () => {
    const startedAt = performance.now();
    const tools = openObject(paths(5000), { components: { schemas: schemas(5000) } });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(Object.keys((await argumentsOf(open("weather.yaml"), "forecast"))["properties"] as object)).toHaveLength(5);
    expect(tools).toBeDefined();
  });
});
