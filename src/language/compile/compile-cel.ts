import { type Complaint, createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { type ParsedTemplate, parseTemplate, type TemplateExpression } from "../../expressions/parse-template.ts";
import { DYN } from "../../expressions/type-model.ts";
import { RESERVED_NAMES } from "../../expressions/reserved-names.ts";
import type { ValueType } from "../../expressions/type-model.ts";
import type { JsonValue } from "../../plan/json.ts";
import type { ForEach, Repeat } from "../../plan/step.ts";
import type { Reader } from "../reader.ts";
import { checkCel, type ExpressionSite } from "./check-values.ts";
import type { readRepeat } from "./order-steps.ts";
import { placeIn } from "./place-in.ts";

const MAX_PARALLEL = 10;
/** What expressions ask for by these names could not be reached any more. */
const CONTEXTS = new Set(["inputs", "steps", "index", "env", "run", "secrets", "output"]);

/** Compiles `for-each` and what belongs to it: the loop, and the types of its item for the rest of the step. */
export function compileForEach(
  reader: Reader,
  site: ExpressionSite,
): { readonly plan: ForEach; readonly loop: NonNullable<ExpressionSite["loop"]> } {
  const as = reader.text("as");
  if (as !== undefined && (RESERVED_NAMES.has(as) || CONTEXTS.has(as) || !/^[A-Za-z_]\w*$/.test(as))) {
    reader.complain("as", { code: "step/bad-value", message: `items cannot be called ${as}` });
  }
  const compiled = compileCel(reader, { key: "for-each", value: reader.raw("for-each") as JsonValue, site });
  if (compiled !== undefined && !compiled.type.startsWith("list") && compiled.type !== "dyn") {
    reader.complain("for-each", {
      code: "expression/type",
      message: `for-each needs a list; this is ${compiled.type}`,
    });
  }
  const outer = site.loop?.outer;
  const plan: ForEach = {
    items: compiled?.cel ?? "[]",
    ...(as === undefined ? {} : { as }),
    maxParallel: reader.count("max-parallel") ?? MAX_PARALLEL,
    onItemError: reader.oneOf("on-item-error", ["finish", "continue", "stop"]) ?? "finish",
  };
  return { plan, loop: { as, item: compiled?.item ?? DYN, ...(outer === undefined ? {} : { outer }) } };
}

/** Compiles what `readRepeat` has read. */
export function compileRepeat(
  { reader, max, everyMs }: NonNullable<ReturnType<typeof readRepeat>>,
  site: ExpressionSite,
): Repeat {
  const until = compileTruth(reader, "until", site);
  return { ...(until === undefined ? {} : { until }), max, ...(everyMs === undefined ? {} : { everyMs }) };
}

/** Compiles an expression that is true or false. */
export function compileTruth(reader: Reader, key: string, site: ExpressionSite): string | undefined {
  const value = reader.raw(key);
  if (value === undefined) return undefined;
  const compiled = compileCel(reader, { key, value, site });
  if (compiled !== undefined && compiled.type !== "bool" && compiled.type !== "dyn")
    reader.complain(key, {
      code: "expression/type",
      message: `\`${key}\` needs true or false; this is ${compiled.type}`,
    });
  return compiled?.cel;
}

/** Compiles an expression of its own; `if` and `for-each` may leave the braces out; a list or a truth value is taken as it is. */
function compileCel(
  reader: Reader,
  what: { readonly key: string; readonly value: JsonValue; readonly site: ExpressionSite },
): { readonly cel: string; readonly type: string; readonly item?: ValueType } | undefined {
  const { key, value, site } = what;
  if (typeof value !== "string") {
    if (typeof value === "boolean" || Array.isArray(value))
      return { cel: JSON.stringify(value), type: typeof value === "boolean" ? "bool" : "list" };
    reader.complain(key, { code: "step/bad-value", message: `${key} needs an expression` });
    return undefined;
  }
  const parsed = parseTemplate(value);
  const place = placeIn(reader, key);
  const isWhole = typeof parsed.template === "object" && parsed.template !== null && "$expr" in parsed.template;
  if (parsed.error !== undefined && value.trimStart().startsWith("${{")) {
    const { message, start, end } = parsed.error;
    return refuse(reader, { code: "expression/unclosed", message, span: place([], start, end) });
  }
  if (!isWhole && parsed.expressions.length > 0)
    return refuse(reader, { ...complainOfBraces(value, parsed), span: place([], value.indexOf("${{"), value.length) });
  const [cel, offset] = isWhole
    ? [(parsed.expressions[0] as TemplateExpression).cel, (parsed.expressions[0] as TemplateExpression).start]
    : [value.trim(), value.length - value.trimStart().length];
  return checkCel(cel, site, (start, end) => place([], offset + start, offset + end));
}

function refuse(reader: Reader, complaint: Complaint): undefined {
  reader.diagnostics.push(createDiagnostic({ file: reader.file, ...complaint }));
}

/** The whole is an expression already: braces around parts of it are none. */
function complainOfBraces(value: string, { expressions }: ParsedTemplate): Complaint {
  let cel = "";
  let at = 0;
  for (const expression of expressions) {
    const part = /^[\w.]+$/.test(expression.cel) ? expression.cel : `(${expression.cel})`;
    cel += value.slice(at, value.lastIndexOf("${{", expression.start)) + part;
    at = value.indexOf("}}", expression.end) + 2;
  }
  return {
    code: "expression/syntax",
    message: "`${{ }}` stands around a part of an expression",
    hint: `write one pair of braces around all of it, or none: \`${(cel + value.slice(at)).trim()}\``,
  };
}
