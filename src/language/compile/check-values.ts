import { checkExpression, itemTypeOf } from "../../expressions/check-expression.ts";
import type { ValueType } from "../../expressions/type-model.ts";
import type { LoopTypes, OwnTypes } from "../../expressions/type-scope.ts";
import { compileValue } from "../../expressions/compile-value.ts";
import { createDiagnostic, type Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import type { JsonObject, JsonValue } from "../../plan/json.ts";
import type { Field } from "../../plan/plan.ts";
import type { Template } from "../../plan/template.ts";
import type { VisibleSteps } from "./visible-steps.ts";
import { nearestName } from "../yaml/nearest-name.ts";

/** What expressions of one place may see, and where complaints go. */
export interface ExpressionSite {
  readonly file: string;
  readonly diagnostics: Diagnostic[];
  readonly inputs: { readonly [name: string]: Field };
  /** Steps that have ended when this place is evaluated. */
  readonly earlier: VisibleSteps;
  /** Steps with for-each: their output is a list. */
  readonly lists: ReadonlySet<string>;
  readonly own?: OwnTypes | undefined;
  readonly loop?: LoopTypes | undefined;
  readonly env: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  /** A whole value `${{ secrets.X }}` may stand here. */
  readonly secretsAllowed: boolean;
}

/** More names than this tell nobody anything. */
const MAX_NAMES = 12;
const SECRET = /^secrets\.([A-Za-z_]\w*)$/;

/** Turns a value into a template and checks every expression in it. `spanOf` gives the place of a text in the value. */
export function compileTemplate(
  value: JsonValue,
  site: ExpressionSite,
  spanOf: (path: readonly (string | number)[], start: number, end: number) => Span,
): Template {
  const { template, texts } = compileValue(value);
  const rewritten = new Map<string, string>();
  for (const { path, expressions, error, template: own } of texts) {
    if (error !== undefined)
      complain(site, {
        code: "expression/unclosed",
        message: error.message,
        span: spanOf(path, error.start, error.end),
      });
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
  return rewrite(template, rewritten);
}

/** Checks one expression and gives it back as the plan holds it, with its type. */
export function checkCel(
  cel: string,
  site: ExpressionSite,
  spanOf: (start: number, end: number) => Span,
): { readonly cel: string; readonly type: string; readonly item: ValueType } {
  const { inputs, earlier: steps, lists, loop, own, env } = site;
  const checked = checkExpression(cel, { inputs, steps, lists, loop, own, env });
  const wrong = checked.references.find((reference) => refuseStep(reference.path, site) !== undefined);
  if (wrong !== undefined) {
    complain(site, { ...(refuseStep(wrong.path, site) as Complaint), span: spanOf(wrong.start, wrong.end) });
  } else if (checked.error !== undefined) {
    const { code, message, start, end, names, hint } = checked.error;
    const near = names === undefined ? undefined : nearestName(cel.slice(start, end).split(".").at(-1) ?? "", names);
    complain(site, {
      code,
      message,
      span: spanOf(start, end),
      ...(names === undefined ? {} : { expected: names.slice(0, MAX_NAMES).join(", ") }),
      hint: hint ?? (near === undefined ? undefined : `did you mean ${near}?`),
    });
  }
  return { cel: checked.cel, type: checked.type, item: itemTypeOf(checked) };
}

/** Words for what the types cannot know: secrets inside expressions, and steps that have not run yet. */
function refuseStep(path: readonly string[], site: ExpressionSite): Omit<Complaint, "span"> | undefined {
  const [root, name] = path;
  if (root === "secrets") return { code: "expression/secret", message: "a secret cannot be part of an expression" };
  if (root !== "steps" || name === undefined || name === site.own?.id) return undefined;
  return site.earlier.whyNot(name);
}

function checkSecret(site: ExpressionSite, cel: string, span: Span): void {
  const name = SECRET.exec(cel)?.[1] as string;
  if (!site.secretsAllowed)
    complain(site, { code: "expression/secret", message: `${cel} stands where a secret may not`, span });
  else if (!site.secrets.has(name))
    complain(site, { code: "expression/undeclared-secret", message: `the secret ${name} is not declared`, span });
}

/** Puts rewritten expressions and secret nodes in place. */
function rewrite(template: Template, rewritten: ReadonlyMap<string, string>): Template {
  if (typeof template !== "object" || template === null) return template;
  if (Array.isArray(template)) return template.map((item) => rewrite(item as Template, rewritten));
  const node = template as JsonObject;
  if ("$literal" in node) return node;
  if (typeof node["$expr"] === "string") {
    const secret = SECRET.exec(node["$expr"])?.[1];
    return secret === undefined ? { $expr: rewritten.get(node["$expr"]) ?? node["$expr"] } : { $secret: secret };
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, rewrite(value, rewritten)]));
}

function complain(site: ExpressionSite, complaint: Complaint): void {
  site.diagnostics.push(createDiagnostic({ file: site.file, ...complaint }));
}
