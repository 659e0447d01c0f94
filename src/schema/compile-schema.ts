import { createRequire } from "node:module";
import type { ErrorObject, Options, ValidateFunction } from "ajv";
import type { JsonObject } from "../plan/json.ts";

/** A schema that can be checked against. */
export interface CompiledSchema {
  /** What is wrong first; undefined where the value fits. */
  first(value: unknown): ErrorObject | undefined;
  /** All that is wrong. */
  all(value: unknown): readonly ErrorObject[];
}

type Dialect = "draft-07" | "2019-09" | "2020-12";
type Validator = Pick<
  InstanceType<(typeof import("ajv"))["Ajv"]>,
  "compile" | "validateSchema" | "errorsText" | "errors"
>;

/** What differs between these and draft-07 is found when the schema is held against its rules. */
const DIALECT_OF: Readonly<Record<string, Dialect>> = {
  "http://json-schema.org/schema": "draft-07",
  "http://json-schema.org/draft-04/schema": "draft-07",
  "http://json-schema.org/draft-06/schema": "draft-07",
  "http://json-schema.org/draft-07/schema": "draft-07",
  "http://json-schema.org/draft/2019-09/schema": "2019-09",
  "http://json-schema.org/draft/2020-12/schema": "2020-12",
};
/** Others' schemas have formats of their own (`int64`), which are hints; the log is not the place to say so. */
const OPTIONS: Options = { strict: false, logger: false };
const MAX_KEPT = 100;

/** Loads what is needed when it is: it takes longer than most commands. */
const load = createRequire(import.meta.url);
/** One a dialect, to hold schemas against its rules; it keeps none of them. */
const rules = new Map<Dialect, Validator>();
/** By the schema's text: the same one comes as another object with every call. */
const compiled = new Map<string, CompiledSchema | string>();

/** Large ones, as of an OpenAPI document, come as the same object. */
const byObject = new WeakMap<JsonObject, CompiledSchema | string>();

/** The schema, ready to be checked against, or what is wrong with the schema itself. */
export function compileSchema(schema: JsonObject): CompiledSchema | string {
  const known = byObject.get(schema);
  if (known !== undefined) return known;
  const text = JSON.stringify(schema);
  const found = compiled.get(text) ?? compile(schema);
  byObject.set(schema, found);
  // The last used stands last.
  compiled.delete(text);
  compiled.set(text, found);
  if (compiled.size > MAX_KEPT) compiled.delete(compiled.keys().next().value as string);
  return found;
}

function compile({ $schema, ...schema }: JsonObject): CompiledSchema | string {
  const dialect = $schema === undefined ? "2020-12" : dialectOf($schema);
  if (dialect === undefined)
    return `its $schema is ${JSON.stringify($schema)}; known are draft-07, 2019-09 and 2020-12 of json-schema.org`;
  const check = rules.get(dialect) ?? create(dialect, {});
  rules.set(dialect, check);
  try {
    if (check.validateSchema(schema) !== true) return check.errorsText(check.errors, { dataVar: "schema" });
    // A validator remembers all it has compiled, by $id as well, so each gets its own.
    const one = (allErrors: boolean) => create(dialect, { allErrors, validateSchema: false }).compile(schema);
    const validate = one(false);
    let validateWhole: ValidateFunction | undefined;
    return {
      first: (value) => (validate(value) ? undefined : validate.errors?.[0]),
      all: (value) => ((validateWhole ??= one(true))(value) ? [] : (validateWhole.errors ?? [])),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function dialectOf($schema: unknown): Dialect | undefined {
  return typeof $schema === "string" ? DIALECT_OF[$schema.replace(/^https:/, "http:").replace(/#$/, "")] : undefined;
}

function create(dialect: Dialect, options: Options): Validator {
  const all = { ...OPTIONS, ...options };
  if (dialect === "draft-07") return new (load("ajv") as typeof import("ajv")).Ajv(all);
  if (dialect === "2019-09") return new (load("ajv/dist/2019.js") as typeof import("ajv/dist/2019.js")).Ajv2019(all);
  return new (load("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js")).Ajv2020(all);
}
