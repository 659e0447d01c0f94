import type { ASTNode } from "@marcbachmann/cel-js";
import { childNodes } from "./guard-program.ts";
import { LOOP_MACROS } from "./references.ts";
import { RESERVED_NAMES } from "./reserved-names.ts";
import { arrayType, celTypeOf, DYN, type ValueType } from "./type-model.ts";
import { contextNames, memberNames, type TypeScope, typeOfContext, typeOfMember } from "./type-scope.ts";
import { TYPED_VARIABLES } from "./typed-environment.ts";

/** A name that is not there, or a field asked of something that has none. Offsets within the expression. */
export interface NameFault {
  readonly code: string;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** What could stand there. */
  readonly names?: readonly string[];
}

/** A path that has a declared type: `replacement` is the variable of that type in the typed environment. */
export interface TypedPath {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** What the declarations say of an expression. */
export interface Inference {
  readonly type: ValueType;
  readonly paths: readonly TypedPath[];
  readonly faults: readonly NameFault[];
}

/** Variables that macros bind around a node. */
type Bound = ReadonlyMap<string, ValueType>;

/** Follows every path through the declared types. Operators and functions are the typed environment's to check. */
export function inferTypes(ast: ASTNode, scope: TypeScope): Inference {
  const inferrer = new Inferrer(scope);
  const type = inferrer.infer(ast, new Map());
  return { type, paths: inferrer.paths, faults: inferrer.faults };
}

class Inferrer {
  readonly paths: TypedPath[] = [];
  readonly faults: NameFault[] = [];
  readonly #scope: TypeScope;

  constructor(scope: TypeScope) {
    this.#scope = scope;
  }

  infer(node: ASTNode, bound: Bound): ValueType {
    if (node.op === "id" || isAccess(node)) return this.#path(node, bound);
    if (node.op === "rcall") return this.#method(node, bound);
    if (node.op === "call" && node.args[0] === "has") {
      // `has` needs its path as it is written.
      for (const arg of node.args[1]) this.#step(arg, bound);
      return { kind: "boolean" };
    }
    for (const child of childNodes(node)) this.infer(child, bound);
    return DYN;
  }

  #path(node: ASTNode, bound: Bound): ValueType {
    const before = this.paths.length;
    const type = this.#step(node, bound);
    const replacement = TYPED_VARIABLES.get(celTypeOf(type) ?? "");
    if (replacement === undefined || !startsAtName(node)) return type;
    this.paths.length = before;
    this.paths.push({ start: node.start, end: node.end, replacement });
    return type;
  }

  /** The type at the end of a path; nothing is replaced. */
  #step(node: ASTNode, bound: Bound): ValueType {
    if (node.op === "id") return bound.get(node.args) ?? this.#context(node);
    if (!isAccess(node)) return this.infer(node, bound);
    const [target, key] = node.args as [ASTNode, string | ASTNode];
    const name = nameOf(key);
    const context = target.op === "id" && !bound.has(target.args) ? target.args : undefined;
    if (name !== undefined && (context === "inputs" || context === "steps")) return this.#member(context, name, node);
    const whole = this.#step(target, bound);
    const type = whole.kind === "optional" ? (whole.items ?? DYN) : whole;
    if (typeof key !== "string" && name === undefined) this.infer(key, bound);
    const found = this.#field(type, name, node);
    const isOptional = whole.kind === "optional" || node.op === ".?" || node.op === "[?]";
    return isOptional && found.kind !== "optional" ? { kind: "optional", items: found } : found;
  }

  #context(node: ASTNode): ValueType {
    const name = node.args as string;
    const type = typeOfContext(name, this.#scope);
    if (type !== undefined || RESERVED_NAMES.has(name)) return type ?? DYN;
    const message =
      name === "item" || name === "index"
        ? `${name} exists only in a step with for-each`
        : `there is nothing called ${name}`;
    this.#report(node, message, contextNames(this.#scope));
    return DYN;
  }

  #member(context: "inputs" | "steps", name: string, node: ASTNode): ValueType {
    const type = typeOfMember(context, name, this.#scope);
    if (type === undefined) {
      this.#report(
        node,
        `there is no ${context === "inputs" ? "input" : "step"} ${name}`,
        memberNames(context, this.#scope),
        name,
      );
      return DYN;
    }
    return node.op === ".?" || node.op === "[?]" ? { kind: "optional", items: type } : type;
  }

  #field(type: ValueType, name: string | undefined, node: ASTNode): ValueType {
    if (type.kind === "array" && name === undefined) return type.items ?? DYN;
    if (type.kind === "dyn" || type.kind === "null" || name === undefined) return DYN;
    if (type.kind !== "object") {
      this.#report(node, `${article(type.kind)} has no field ${name}`, undefined, name);
      return DYN;
    }
    const field = type.fields?.get(name);
    if (field !== undefined) return field;
    if (type.fields !== undefined && type.open !== true) {
      this.#report(node, `there is no field ${name}`, [...type.fields.keys()], name);
    }
    return DYN;
  }

  #method(node: Extract<ASTNode, { op: "rcall" }>, bound: Bound): ValueType {
    const [method, target, args] = node.args;
    const type = this.infer(target, bound);
    const variable = args[0]?.op === "id" ? args[0].args : undefined;
    if (!LOOP_MACROS.has(method) || variable === undefined || args.length < 2) {
      for (const arg of args) this.infer(arg, bound);
      return DYN;
    }
    const item: ValueType =
      type.kind === "array" ? (type.items ?? DYN) : type.kind === "object" ? { kind: "string" } : DYN;
    const inner = new Map([...bound, [variable, item] as const]);
    const results = args.slice(1).map((arg) => this.infer(arg, inner));
    if (method === "filter") return type.kind === "array" ? type : DYN;
    return method === "map" ? arrayType(results.at(-1) as ValueType) : { kind: "boolean" };
  }

  #report(node: ASTNode, message: string, names?: readonly string[], name?: string): void {
    // The place of the name itself: it stands at the end of the path that is asked for it.
    const at = name === undefined ? 0 : node.input.slice(node.start, node.end).lastIndexOf(name);
    const start = node.start + Math.max(at, 0);
    const end = name === undefined || at === -1 ? node.end : start + name.length;
    const dashed = name === undefined ? undefined : `${name}${/^(?:-\w+)+/.exec(node.input.slice(end))?.[0] ?? ""}`;
    const hint =
      dashed !== undefined && dashed !== name && names?.includes(dashed) === true
        ? `write ${node.input.slice(node.start, start).replace(/\.$/, "")}["${dashed}"]`
        : undefined;
    this.faults.push({
      code: "expression/unknown-name",
      message,
      start,
      end,
      ...(names === undefined ? {} : { names }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

function isAccess(node: ASTNode): boolean {
  return node.op === "." || node.op === ".?" || node.op === "[]" || node.op === "[?]";
}

/** `a.b` starts at a name; `f(x).b` and `[1][0]` do not, and what they start with must be checked itself. */
function startsAtName(node: ASTNode): boolean {
  if (node.op === "id") return true;
  return isAccess(node) && startsAtName((node.args as ASTNode[])[0] as ASTNode);
}

function nameOf(key: string | ASTNode): string | undefined {
  if (typeof key === "string") return key;
  return key.op === "value" && typeof key.args === "string" ? key.args : undefined;
}

function article(kind: string): string {
  return /^[aio]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
