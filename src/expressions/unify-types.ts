import { arrayType, DYN, type ValueType } from "./type-model.ts";

/** The type that all of these have, as far as they agree; `dyn` where they do not, and for none. */
export function unifyTypes(types: readonly ValueType[]): ValueType {
  const [first, ...others] = types;
  return first === undefined ? DYN : others.reduce(unify, first);
}

function unify(a: ValueType, b: ValueType): ValueType {
  if (a === b) return a;
  if (isNumber(a) && isNumber(b)) return { kind: a.kind === b.kind ? a.kind : "number" };
  if (a.kind !== b.kind) return DYN;
  if (a.kind === "array") return arrayType(unify(a.items ?? DYN, b.items ?? DYN));
  if (a.kind !== "object") return { kind: a.kind };
  const names = [...(a.fields?.keys() ?? [])];
  const areAlike = names.length === b.fields?.size && names.every((name) => b.fields?.has(name));
  if (!areAlike) return { kind: "object" };
  const fields = names.map((name) => [name, unify(a.fields?.get(name) ?? DYN, b.fields?.get(name) ?? DYN)] as const);
  return { kind: "object", fields: new Map(fields), open: a.open === true || b.open === true };
}

function isNumber({ kind }: ValueType): boolean {
  return kind === "integer" || kind === "number";
}
