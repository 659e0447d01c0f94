import type { Field } from "../plan/plan.ts";
import { arrayType, DYN, objectType, typeOfField, typeOfStep, type ValueType } from "./type-model.ts";

/** What expressions of one place may refer to. */
export interface TypeScope {
  readonly inputs: { readonly [name: string]: Field };
  /** Steps whose results are there, with the type of their output (for one item, where the step is a for-each). */
  readonly steps: {
    has(id: string): boolean;
    get(id: string): ValueType | undefined;
    keys(): Iterable<string>;
  };
  /** Steps of `steps` whose output is a list, because they have `for-each`. */
  readonly lists?: ReadonlySet<string>;
  /** `item` and `index` exist; their second name, and the type of an item (see `itemTypeOf`). */
  readonly loop?: LoopTypes | undefined;
  /** The step's own result, where it can be asked for: `output`, and `steps.ID`. */
  readonly own?: OwnTypes | undefined;
  /** Names of `env`; anything goes where it is left out. */
  readonly env?: ReadonlySet<string>;
}

/** What a loop around an expression gives it. */
export interface LoopTypes {
  readonly as?: string | undefined;
  readonly item?: ValueType | undefined;
  /** A `repeat` has rounds, but no items. */
  readonly onlyIndex?: boolean;
  /** Second names of the items of loops further out. */
  readonly outer?: ReadonlyMap<string, ValueType>;
}

/** The step's own result and what is said of it. */
export interface OwnTypes {
  readonly id: string;
  readonly output: ValueType;
  /** Further names, such as `outcome`. */
  readonly names?: readonly string[];
}

const RUN = objectType({ id: { kind: "string" }, workflow: { kind: "string" }, started_at: { kind: "string" } });

/** The names of contexts that this scope has, in the order of the documentation. */
export function contextNames({ loop, own }: TypeScope): readonly string[] {
  const items = loop === undefined || loop.onlyIndex === true ? [] : ["item"];
  const named = [...(loop?.as === undefined ? [] : [loop.as]), ...(loop?.outer?.keys() ?? [])];
  const result = own === undefined ? [] : ["output", ...(own.names ?? [])];
  return [
    "inputs",
    "steps",
    ...items,
    ...(loop === undefined ? [] : ["index"]),
    ...named,
    ...result,
    "env",
    "run",
    "secrets",
  ];
}

/** The type of a context, or undefined where there is none of that name. */
export function typeOfContext(name: string, scope: TypeScope): ValueType | undefined {
  const { loop, own } = scope;
  if (loop !== undefined && loop.onlyIndex !== true && (name === "item" || name === loop.as)) return loop.item ?? DYN;
  if (loop !== undefined && name === "index") return { kind: "integer" };
  if (loop?.outer?.has(name)) return loop.outer.get(name);
  if (own !== undefined && name === "output") return own.output;
  if (own?.names?.includes(name)) return { kind: "string" };
  switch (name) {
    case "inputs":
    case "steps":
    case "secrets":
      return { kind: "object" };
    case "env":
      return scope.env === undefined ? { kind: "object" } : objectOfStrings(scope.env);
    case "run":
      return RUN;
    default:
      return undefined;
  }
}

/** Of `inputs` and `steps` only what is asked for is built: a file may have thousands. */
export function typeOfMember(context: string, name: string, scope: TypeScope): ValueType | undefined {
  if (context === "inputs")
    return Object.hasOwn(scope.inputs, name) ? typeOfField(scope.inputs[name] as Field) : undefined;
  if (scope.own?.id === name) return typeOfStep(scope.own.output);
  if (!scope.steps.has(name)) return undefined;
  const output = scope.steps.get(name) ?? DYN;
  return typeOfStep(scope.lists?.has(name) ? arrayType(output) : output);
}

/** The names under `inputs` or `steps`. */
export function memberNames(context: string, scope: TypeScope): readonly string[] {
  return context === "inputs" ? Object.keys(scope.inputs) : [...scope.steps.keys()];
}

function objectOfStrings(names: ReadonlySet<string>): ValueType {
  return objectType(Object.fromEntries([...names].map((name) => [name, { kind: "string" } as const])));
}
