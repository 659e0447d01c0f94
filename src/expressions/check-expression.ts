import type { ParseError } from "@marcbachmann/cel-js";
import type { ASTNode } from "@marcbachmann/cel-js";
import type { Field, OutputSpec } from "../plan/plan.ts";
import { environment } from "./environment.ts";
import { listReferences, type Reference } from "./references.ts";

/** What expressions of one place may refer to. */
export interface TypeScope {
  readonly inputs: { readonly [name: string]: Field };
  /** Steps whose results are there, with what they declare. */
  readonly steps: ReadonlyMap<string, OutputSpec | undefined>;
  /** `item` and `index` exist; their second name. */
  readonly loop?: { readonly as?: string };
}

/** What the compiler learns of an expression. Offsets within it. */
export interface CheckedExpression {
  /** The expression to put into the plan: integers of the file divide as integers. */
  readonly cel: string;
  /** CEL type name, `dyn` where nothing is known. */
  readonly type: string;
  readonly references: readonly Reference[];
  readonly error?: { readonly code: string; readonly message: string; readonly start: number; readonly end: number };
}

type Schema = { [name: string]: string | Schema };

/** Parses and type-checks. References to unknown contexts, inputs and steps are left to the caller, who knows names. */
export function checkExpression(cel: string, types: TypeScope): CheckedExpression {
  let ast: ASTNode;
  try {
    ast = environment.parse(cel).ast;
  } catch (error) {
    return { cel, type: "dyn", references: [], error: describe("expression/syntax", error as ParseError, cel) };
  }
  const references = listReferences(ast);
  const result = declare(references, types).check(cel);
  const pattern = unsafePattern(ast);
  if (pattern !== undefined) return { cel, type: "dyn", references, error: pattern };
  if (result.error !== undefined && !comparesWithNull(result.error.message)) {
    return { cel, type: "dyn", references, error: describe("expression/type", result.error as ParseError, cel) };
  }
  return { cel: divideIntegers(cel, ast, types), type: result.type ?? "dyn", references };
}

/** Declares only what the expression names: a file may have thousands of steps. */
function declare(references: readonly Reference[], types: TypeScope): typeof environment {
  const inputs: Schema = {};
  const steps: Schema = {};
  for (const { path } of references) {
    const [root, name] = path;
    if (name === undefined) continue;
    if (root === "inputs" && types.inputs[name] !== undefined) inputs[name] = typeOf(types.inputs[name]);
    if (root === "steps" && types.steps.has(name)) {
      const output = types.steps.get(name);
      steps[name] = { output: output === undefined ? "dyn" : outputType(output), status: "string", error: "dyn", attempts: "int" };
    }
  }
  const declared = environment.clone();
  if (Object.keys(inputs).length > 0) declared.registerVariable("inputs", { schema: inputs } as never);
  if (Object.keys(steps).length > 0) declared.registerVariable("steps", { schema: steps } as never);
  return declared;
}

function outputType(spec: OutputSpec): string | Schema {
  if ("field" in spec) return typeOf(spec.field);
  if ("schema" in spec) return "dyn";
  return Object.fromEntries(Object.entries(spec.fields).map(([name, field]) => [name, typeOf(field)]));
}

function typeOf(field: Field): string | Schema {
  // An optional value may be null, which CEL's own types cannot say.
  if (!field.required && field.default === undefined) return "dyn";
  switch (field.type) {
    case "string":
      return "string";
    case "integer":
      return "int";
    case "number":
      return "double";
    case "boolean":
      return "bool";
    case "array": {
      const item = field.items === undefined ? "dyn" : typeOf({ ...field.items, required: true });
      return `list<${typeof item === "string" ? item : "dyn"}>`;
    }
    case "object": {
      const { properties } = field;
      if (properties === undefined) return "dyn";
      return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, typeOf(inner)]));
    }
  }
}

/** Every value may be compared with null: that is how a skipped step is told. */
function comparesWithNull(message: string): boolean {
  return /no such overload: .* (==|!=) null|no such overload: null (==|!=)/.test(message);
}

/** JSON has no integers; where the file declares one, `/` must still mean integer division. */
function divideIntegers(cel: string, ast: ASTNode, types: TypeScope): string {
  const places: { readonly start: number; readonly end: number }[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null || !("op" in node)) return;
    const { op, args } = node as ASTNode;
    if (op === "/") for (const side of args as ASTNode[]) if (isInteger(side, types)) places.push({ start: side.start, end: side.end });
    visit(args);
  };
  visit(ast);
  places.sort((a, b) => b.start - a.start);
  return places.reduce((text, { start, end }) => `${text.slice(0, start)}int(${text.slice(start, end)})${text.slice(end)}`, cel);
}

function isInteger(node: ASTNode, types: TypeScope): boolean {
  const [reference] = listReferences(node);
  if (reference === undefined || reference.start !== node.start || reference.end !== node.end) return false;
  return declare([reference], types).check(node.input.slice(node.start, node.end)).type === "int";
}

/** `matches` runs in the workflow: only literal patterns without constructs that can take exponential time. */
function unsafePattern(ast: ASTNode): CheckedExpression["error"] {
  let found: CheckedExpression["error"];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null || !("op" in node)) return;
    const { op, args, start, end } = node as ASTNode;
    const isMatches = (op === "rcall" || op === "call") && args[0] === "matches";
    if (isMatches) {
      const given = (op === "rcall" ? args[2] : args[1]) as ASTNode[];
      const pattern = given.at(-1);
      const text = pattern?.op === "value" ? pattern.args : undefined;
      if (typeof text !== "string") found ??= { code: "expression/pattern", message: "`matches` takes a literal pattern", start, end };
      else if (isNested(text)) found ??= { code: "expression/pattern", message: "`matches` takes no nested repetition, look-around or back-reference", start, end };
    }
    visit(args);
  };
  visit(ast);
  return found;
}

/** Repetition of a group that itself repeats or alternates, `(?…` other than `(?:`, and `\1`. */
function isNested(pattern: string): boolean {
  return /\((?!\?:)[^)]*[+*}|][^)]*\)[+*{]|\(\?:[^)]*[+*}|][^)]*\)[+*{]|\(\?[^:]|\\[1-9]/.test(pattern);
}

function describe(code: string, error: ParseError, cel: string): NonNullable<CheckedExpression["error"]> {
  const range = error.range ?? { start: 0, end: cel.length };
  const message = (error.summary ?? error.message).split("\n", 1)[0] as string;
  return { code, message, start: range.start, end: Math.max(range.end, range.start + 1) };
}
