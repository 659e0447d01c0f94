import { checkExpression } from "../../expressions/check-expression.ts";
import { compileValue } from "../../expressions/compile-value.ts";
import { createDiagnostic, type Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import type { JsonObject, JsonValue } from "../../plan/json.ts";
import type { Field, OutputSpec } from "../../plan/plan.ts";
import type { Template } from "../../plan/template.ts";
import { nearestName } from "../yaml/nearest-name.ts";

/** What expressions of one place may see, and where complaints go. */
export interface ExpressionSite {
  readonly file: string;
  readonly diagnostics: Diagnostic[];
  readonly inputs: { readonly [name: string]: Field };
  /** Steps before this one. */
  readonly earlier: ReadonlyMap<string, OutputSpec | undefined>;
  /** Every step of the file, for better words about later ones. */
  readonly all: ReadonlySet<string>;
  readonly self: string | undefined;
  readonly loop?: { readonly as?: string | undefined } | undefined;
  readonly env: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  /** A whole value `${{ secrets.X }}` may stand here. */
  readonly secretsAllowed: boolean;
}

const CONTEXTS = ["inputs", "steps", "item", "index", "env", "run", "secrets"];
const SECRET = /^secrets\.([A-Za-z_]\w*)$/;

/** Turns a value into a template and checks every expression in it. `spanOf` gives the place of a text in the value. */
export function compileTemplate(value: JsonValue, site: ExpressionSite, spanOf: (path: readonly (string | number)[], start: number, end: number) => Span): Template {
  const { template, texts } = compileValue(value);
  const rewritten = new Map<string, string>();
  for (const { path, expressions, error, template: own } of texts) {
    if (error !== undefined) complain(site, { code: "expression/unclosed", message: error.message, span: spanOf(path, error.start, error.end) });
    const whole = typeof own === "object" && own !== null && "$expr" in own;
    for (const { cel, start } of expressions) {
      const place = (from: number, to: number) => spanOf(path, start + from, start + to);
      if (whole && SECRET.test(cel)) {
        checkSecret(site, cel, place(0, cel.length));
        continue;
      }
      rewritten.set(cel, checkCel(cel, site, place).cel);
    }
  }
  return rewrite(template, rewritten, site);
}

/** Checks one expression and gives it back as the plan holds it, with its type. */
export function checkCel(cel: string, site: ExpressionSite, spanOf: (start: number, end: number) => Span): { readonly cel: string; readonly type: string } {
  const checked = checkExpression(cel, { inputs: site.inputs, steps: site.earlier, ...(site.loop === undefined ? {} : { loop: site.loop }) } as never);
  let named = false;
  for (const { path, start, end } of checked.references) {
    const wrong = checkName(path, site);
    if (wrong === undefined) continue;
    named = true;
    complain(site, { ...wrong, span: spanOf(start, end) });
  }
  if (checked.error !== undefined && !named) {
    const { code, message, start, end } = checked.error;
    const fields = fieldsNear(checked.references.map(({ path }) => path), site, cel.slice(start, end));
    complain(site, { code, message, span: spanOf(start, end), ...fields });
  }
  return { cel: checked.cel, type: checked.type };
}

function checkName(path: readonly string[], site: ExpressionSite): Omit<Complaint, "span"> | undefined {
  const [root = "", name] = path;
  const unknown = (message: string, known: Iterable<string>, wanted: string) => {
    const near = nearestName(wanted, known);
    return { code: "expression/unknown-name", message, expected: [...known].slice(0, 12).join(", "), ...(near === undefined ? {} : { hint: `did you mean ${near}?` }) };
  };
  if (root === site.loop?.as) return undefined;
  if (!CONTEXTS.includes(root)) return unknown(`there is nothing called ${root}`, [...CONTEXTS, ...(site.loop?.as === undefined ? [] : [site.loop.as])], root);
  if ((root === "item" || root === "index") && site.loop === undefined) return { code: "expression/unknown-name", message: `${root} exists only in a step with for-each`, hint: "add `for-each:` to the step" };
  if (root === "secrets") return { code: "expression/secret", message: "a secret cannot be part of an expression" };
  if (name === undefined) return undefined;
  if (root === "inputs" && !Object.hasOwn(site.inputs, name)) return unknown(`there is no input ${name}`, Object.keys(site.inputs), name);
  if (root === "env" && !site.env.has(name)) return unknown(`there is no env ${name}`, site.env, name);
  if (root === "run" && !["id", "workflow", "started_at"].includes(name)) return unknown(`run has no ${name}`, ["id", "workflow", "started_at"], name);
  if (root !== "steps") return undefined;
  if (name === site.self) return { code: "step/self-reference", message: `${name} refers to its own result` };
  if (site.earlier.has(name)) {
    const field = path[2];
    if (field === undefined || ["output", "status", "error", "attempts"].includes(field)) return undefined;
    return unknown(`a step has no ${field}`, ["output", "status", "error", "attempts"], field);
  }
  if (site.all.has(name)) return { code: "step/forward-reference", message: `${name} runs after this step` };
  return unknown(`there is no step ${name}`, site.earlier.keys(), name);
}

/** For a wrong field: the names there are. */
function fieldsNear(paths: readonly (readonly string[])[], site: ExpressionSite, wrong: string): { expected?: string; hint?: string } {
  for (const path of paths) {
    const at = path.indexOf(wrong);
    const spec = path[0] === "steps" && at === 3 ? site.earlier.get(path[1] as string) : undefined;
    const names = spec !== undefined && "fields" in spec ? Object.keys(spec.fields) : [];
    const near = nearestName(wrong, names);
    if (names.length > 0) return { expected: names.join(", "), ...(near === undefined ? {} : { hint: `did you mean ${near}?` }) };
  }
  return {};
}

function checkSecret(site: ExpressionSite, cel: string, span: Span): void {
  const name = SECRET.exec(cel)?.[1] as string;
  if (!site.secretsAllowed) complain(site, { code: "expression/secret", message: `${cel} stands where a secret may not`, span });
  else if (!site.secrets.has(name)) complain(site, { code: "expression/undeclared-secret", message: `the secret ${name} is not declared`, span });
}

/** Puts rewritten expressions and secret nodes in place. */
function rewrite(template: Template, rewritten: ReadonlyMap<string, string>, site: ExpressionSite): Template {
  if (typeof template !== "object" || template === null) return template;
  if (Array.isArray(template)) return template.map((item) => rewrite(item as Template, rewritten, site));
  const node = template as JsonObject;
  if ("$literal" in node) return node;
  if (typeof node["$expr"] === "string") {
    const secret = SECRET.exec(node["$expr"])?.[1];
    return secret === undefined ? { $expr: rewritten.get(node["$expr"]) ?? node["$expr"] } : { $secret: secret };
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, rewrite(value, rewritten, site)]));
}

function complain(site: ExpressionSite, complaint: Complaint): void {
  site.diagnostics.push(createDiagnostic({ file: site.file, ...complaint }));
}
