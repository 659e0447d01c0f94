import { isJsonObject, type JsonValue } from "../plan/json.ts";
import type { Field, OutputSpec } from "../plan/plan.ts";

/** What the compiler knows of a value. Each may also be null at run time where `nullable` says so. */
export interface ValueType {
  readonly kind: "dyn" | "null" | "string" | "number" | "integer" | "boolean" | "array" | "object" | "optional";
  readonly nullable?: boolean;
  /** Of an array's items, or of what an optional holds. */
  readonly items?: ValueType;
  /** Known fields of an object; without it any field may be there. */
  readonly fields?: ReadonlyMap<string, ValueType>;
  /** Fields other than the known ones may be there. @default false */
  readonly open?: boolean;
}

/** Nothing is known. */
export const DYN: ValueType = { kind: "dyn" };

/** What is told of a failure. */
const FAILURE: ValueType = {
  kind: "object",
  fields: new Map([
    ["code", { kind: "string" }],
    ["message", { kind: "string" }],
  ]),
};

const typesOfFields = new WeakMap<Field, ValueType>();
const typesOfOutputs = new WeakMap<object, ValueType>();

/** Type of a declared field. An input that is neither required nor has a default may be null. */
export function typeOfField(field: Field): ValueType {
  const known = typesOfFields.get(field);
  if (known !== undefined) return known;
  const type: ValueType = {
    kind: field.type,
    ...(field.required || field.default !== undefined ? {} : { nullable: true }),
    ...(field.type === "array"
      ? { items: field.items === undefined ? DYN : { ...typeOfField(field.items), nullable: false } }
      : {}),
    ...(field.properties === undefined ? {} : { fields: typesOf(field.properties) }),
  };
  typesOfFields.set(field, type);
  return type;
}

/** Type of a step's `output`; `dyn` where nothing is declared. */
export function typeOfOutput(spec: OutputSpec | undefined): ValueType {
  if (spec === undefined) return DYN;
  const known = typesOfOutputs.get(spec);
  if (known !== undefined) return known;
  let type: ValueType;
  if ("schema" in spec) type = typeOfSchema(spec.schema, 0);
  else if ("field" in spec) type = typeOfField(spec.field);
  else type = { kind: "object", fields: typesOf(spec.fields) };
  typesOfOutputs.set(spec, type);
  return type;
}

/** Type of what stands under `steps.NAME`. In a for-each the output is the list of outputs. */
export function typeOfStep(output: ValueType): ValueType {
  return objectType({
    output,
    status: { kind: "string" },
    error: { ...FAILURE, nullable: true },
    attempts: { kind: "integer" },
  });
}

/** What stands in the list of a loop that goes on after failures: the output of an item, or `{error: {code, message}}`. */
export function orFailure(output: ValueType): ValueType {
  if (output.kind !== "object") return DYN;
  if (output.fields === undefined || output.fields.has("error")) return output;
  return { ...output, fields: new Map([...output.fields, ["error", { ...FAILURE, nullable: true }]]) };
}

/** An object with exactly these fields. */
export function objectType(fields: { readonly [name: string]: ValueType }): ValueType {
  return { kind: "object", fields: new Map(Object.entries(fields)) };
}

/** A list of these. */
export function arrayType(items: ValueType): ValueType {
  return { kind: "array", items };
}

/** Name of the CEL type that stands for it in checks; undefined where nothing is known. */
export function celTypeOf(type: ValueType): string | undefined {
  switch (type.kind) {
    case "string":
      return "string";
    case "number":
      return "double";
    case "integer":
      return "int";
    case "boolean":
      return "bool";
    case "array":
      return type.items?.kind === "string" ? "list<string>" : "list<dyn>";
    case "object":
      return "map<string, dyn>";
    case "optional": {
      const inner = celTypeOf(type.items ?? DYN);
      return inner !== undefined && /^\w+$/.test(inner) ? `optional<${inner}>` : undefined;
    }
    default:
      return undefined;
  }
}

const KINDS: ReadonlyMap<string, ValueType["kind"]> = new Map([
  ["string", "string"],
  ["int", "integer"],
  ["double", "number"],
  ["bool", "boolean"],
  ["null", "null"],
]);

/** The inverse of `celTypeOf`, as far as CEL can say. */
export function typeOfCel(name: string): ValueType {
  const list = /^list(?:<(.*)>)?$/.exec(name);
  if (list !== null) return arrayType(typeOfCel(list[1] ?? "dyn"));
  if (name.startsWith("map")) return { kind: "object" };
  const optional = /^optional<(.*)>$/.exec(name);
  if (optional !== null) return { kind: "optional", items: typeOfCel(optional[1] ?? "dyn") };
  return { kind: KINDS.get(name) ?? "dyn" };
}

function typesOf(fields: { readonly [name: string]: Field }): ReadonlyMap<string, ValueType> {
  return new Map(Object.entries(fields).map(([name, field]) => [name, typeOfField(field)]));
}

/** As much of a JSON Schema as helps: types, properties, items. Anything else is `dyn`. */
function typeOfSchema(schema: JsonValue | undefined, depth: number): ValueType {
  if (!isJsonObject(schema) || depth > 20) return DYN;
  switch (schema["type"]) {
    case "string":
    case "number":
    case "integer":
    case "boolean":
      return { kind: schema["type"] };
    case "array":
      return arrayType(typeOfSchema(schema["items"], depth + 1));
    case "object": {
      const properties = schema["properties"];
      if (!isJsonObject(properties)) return { kind: "object" };
      const required = Array.isArray(schema["required"]) ? schema["required"] : [];
      const fields = Object.entries(properties).map(([name, inner]) => {
        const type = typeOfSchema(inner, depth + 1);
        return [name, required.includes(name) ? type : { ...type, nullable: true }] as const;
      });
      return { kind: "object", fields: new Map(fields), open: schema["additionalProperties"] !== false };
    }
    default:
      return DYN;
  }
}
