import type { JsonValue } from "../../plan/json.ts";
import { holdsSecret, type Template } from "../../plan/template.ts";
import type { Reader } from "../reader.ts";
import { refuseOwnVariable } from "../refuse-own-variable.ts";
import { compileTemplate, type ExpressionSite } from "./check-values.ts";
import { placeIn } from "./place-in.ts";
import type { WorkflowFrame } from "./workflow-frame.ts";

/** The front matter's `env`, and what expressions may name of it. */
export interface CompiledEnv {
  /** Every value is a text, a secret, or something that holds one. */
  readonly env: { readonly [name: string]: Template };
  readonly texts: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
}

/** Compiles the front matter's `env` over that of the project. An entry sees those that are written out and those before it. */
export function compileFrontEnv(
  reader: Reader,
  project: { readonly [name: string]: string },
  site: ExpressionSite,
): CompiledEnv {
  refuseOwnVariable(reader, "env", "workflow/bad-value");
  const written = { ...project, ...writtenTexts(reader) };
  const texts = new Set(Object.keys(written).filter((name) => isWrittenOut(written[name] as JsonValue)));
  const secrets = new Set<string>();
  const env: Record<string, Template> = {};
  for (const [name, value] of Object.entries(written)) {
    const own = { ...site, env: texts, secretEnv: secrets, secretsAllowed: true };
    const template = compileTemplate(value, own, placeIn(reader, "env", name));
    env[name] = textOf(template);
    (holdsSecret(template) ? secrets : texts).add(name);
  }
  return { env, texts, secrets };
}

/** The step's own environment over the front matter's. */
export function compileEnv(
  reader: Reader,
  frame: WorkflowFrame,
  site: ExpressionSite,
): { readonly [name: string]: Template } {
  refuseOwnVariable(reader, "env", "step/bad-value");
  const own = compileTemplate(writtenTexts(reader), { ...site, secretsAllowed: true }, placeIn(reader, "env"));
  return { ...frame.env, ...(own as { readonly [name: string]: Template }) };
}

/** A variable is text: a number is the text that stands in the file. */
function writtenTexts(reader: Reader): { readonly [name: string]: JsonValue } {
  const map = reader.map("env");
  if (map === undefined) return {};
  return Object.fromEntries(
    Object.entries(map.object).map(([name, value]) => [
      name,
      typeof value === "number" || typeof value === "boolean" ? (map.sourceOf([name]) ?? String(value)) : value,
    ]),
  );
}

function isWrittenOut(value: JsonValue): boolean {
  return !JSON.stringify(value).includes("${{");
}

function textOf(template: Template): Template {
  if (template === null) return "";
  return typeof template === "string" || holdsSecret(template) ? template : { $text: [template] };
}
