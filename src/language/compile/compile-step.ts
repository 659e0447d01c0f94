import { createDiagnostic, type Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import type { OutputSpec } from "../../plan/plan.ts";
import type { ForEach, Step } from "../../plan/step.ts";
import type { Template } from "../../plan/template.ts";
import { parseField, parseFields } from "../parse-field.ts";
import { EFFECTS } from "../parse-tool-spec.ts";
import { type Fence, isMarked } from "../parse/scan-markdown.ts";
import { RESERVED_NAMES } from "../../expressions/reserved-names.ts";
import type { ValueType } from "../../expressions/type-model.ts";
import { checkKeys, createReader, type Reader } from "../reader.ts";
import { SHELL_NAMES } from "../step-kinds/script.ts";
import { LATER_STEP_KEYS, stepCompilers } from "../step-kinds/step-kinds.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";
import { parseYaml, type YamlResult } from "../yaml/parse-yaml.ts";
import { checkCel, compileTemplate, type ExpressionSite } from "./check-values.ts";
import type { StepHead } from "./read-steps.ts";
import { parseRetry } from "./parse-retry.ts";
import type { WorkflowFrame } from "./workflow-frame.ts";

const HEARTBEAT_MS = 10_000;
const MAX_PARALLEL = 10;
const COMMON_KEYS = [
  "id",
  "if",
  "for-each",
  "as",
  "max-parallel",
  "on-item-error",
  "retry",
  "timeout",
  "heartbeat",
  "continue-on-error",
  "output",
  "effect",
  "env",
  "local",
];
const SYNONYMS = {
  condition: "if",
  when: "if",
  prompt: "agent",
  "depends-on": "needs",
  foreach: "for-each",
  retries: "retry",
  inputs: "with",
  args: "with",
  command: "run",
  tool: "uses",
  action: "uses",
};

/** Compiles one step; undefined where it is too broken to go on with. */
export function compileStep(head: StepHead, frame: WorkflowFrame): Step | undefined {
  const { file, diagnostics } = frame;
  const { reader } = head;
  const complain = (complaint: Omit<Complaint, "file">) =>
    void diagnostics.push(createDiagnostic({ file, ...complaint }));
  const marked = readFences(head, frame, complain);
  checkKeys(reader, {
    known: [
      ...COMMON_KEYS,
      ...stepCompilers.flatMap(({ key, keys }) => [...(key === undefined ? [] : [key]), ...keys]),
    ],
    notYet: LATER_STEP_KEYS,
    unknownCode: "step/unknown-key",
    notYetCode: "step/not-yet",
    synonyms: SYNONYMS,
  });
  const named = stepCompilers.filter(
    ({ key }) => key !== undefined && (reader.has(key) || (key === "run" && marked.script !== undefined)),
  );
  const [compiler = stepCompilers[0]] = named;
  if (named.length > 1) {
    const keys = named.map(({ key }) => key).join(" and ");
    complain({
      code: "step/two-actions",
      message: `the step has ${keys}`,
      span: reader.spanOf([named[1]?.key as string], "key"),
    });
    return undefined;
  }
  if (compiler === undefined) return undefined;
  for (const other of stepCompilers) {
    for (const key of other.keys) {
      if (reader.has(key) && !compiler.keys.includes(key))
        reader.complain(
          key,
          { code: "step/unknown-key", message: `${key} has no meaning in a step of kind ${compiler.kind}` },
          "key",
        );
    }
  }
  const siteBefore: ExpressionSite = { ...frame.siteBefore(head), secretsAllowed: false };
  const forEach = reader.has("for-each") ? compileForEach(reader, siteBefore) : undefined;
  const site: ExpressionSite = { ...siteBefore, loop: forEach?.loop };
  const inYaml =
    (key: string) =>
    (path: readonly (string | number)[], start: number, end: number): Span =>
      within(reader.spanOf([key, ...path]), start, end);
  const draft: StepDraft = {
    reader,
    prose: head.prose,
    script: marked.script,
    agents: frame.agents,
    defaultAgent: frame.defaultAgent,
    tools: frame.tools,
    grants: frame.grants,
    headingSpan: head.span,
    complain,
    compile: (key, value) => compileTemplate(value, site, inYaml(key)),
    compileProse: () => compileTemplate(head.prose.trim(), site, (_, start, end) => head.proseSpan(start, end)),
    compileWith: () =>
      asMap(
        compileTemplate(
          marked.with?.value ?? reader.raw("with") ?? {},
          { ...site, secretsAllowed: true },
          inYaml("with"),
        ),
      ),
  };
  const own = compiler.compile(draft);
  if (own === undefined) return undefined;
  const effect = reader.oneOf("effect", EFFECTS) ?? own.effect;
  const env = reader.map("env")?.object ?? {};
  const condition = reader.raw("if");
  const whether =
    condition === undefined ? undefined : compileCel(reader, { key: "if", value: condition, site: siteBefore });
  if (whether !== undefined && whether.type !== "bool" && whether.type !== "dyn") {
    reader.complain("if", { code: "expression/type", message: `\`if\` needs true or false; this is ${whether.type}` });
  }
  const description = compiler.kind === "agent" ? "" : head.prose.trim();
  return {
    id: head.id,
    path: head.id,
    title: head.title,
    kind: own.kind,
    ...(description === "" ? {} : { description }),
    source: { file, line: head.span.line, column: head.span.column },
    needs: head.previous === undefined ? [] : [head.previous],
    ...(whether === undefined ? {} : { if: whether.cel }),
    ...(forEach === undefined ? {} : { forEach: forEach.plan }),
    retry: parseRetry(reader, frame.retry, effect),
    timeoutMs: reader.durationMs("timeout") ?? own.timeoutMs,
    heartbeatMs: reader.durationMs("heartbeat") ?? HEARTBEAT_MS,
    continueOnError: reader.flag("continue-on-error") ?? false,
    ...(head.output === undefined ? {} : { output: head.output }),
    effect,
    env: asMap(compileTemplate({ ...frame.stepEnv, ...env }, { ...site, secretsAllowed: true }, inYaml("env"))),
    local: reader.flag("local") ?? false,
    ...own.fields,
  } as unknown as Step;
}

interface MarkedFences {
  readonly script: Fence | undefined;
  readonly with: YamlResult | undefined;
}

function readFences(
  head: StepHead,
  frame: WorkflowFrame,
  complain: (complaint: Omit<Complaint, "file">) => void,
): MarkedFences {
  let script: Fence | undefined;
  let withBlock: YamlResult | undefined;
  for (const fence of head.fences.filter(isMarked)) {
    const [language = "", mark = ""] = fence.info.split(/\s+/);
    const span: Span = { line: fence.line, column: 4, endLine: fence.line, endColumn: 4 + fence.info.length };
    const valid: Readonly<Record<string, readonly string[]>> = {
      step: ["yaml"],
      with: ["yaml"],
      undo: ["yaml"],
      test: ["yaml"],
      prompt: ["md"],
      schema: ["json"],
      run: SHELL_NAMES,
    };
    if (!valid[mark]?.includes(language)) {
      complain({
        code: "step/unknown-fence",
        message: `there is no block “${fence.info}”`,
        expected: valid[mark]?.map((word) => `${word} ${mark}`).join(", "),
        span,
      });
    } else if (mark === "undo" || mark === "test") {
      complain({ code: "step/not-yet", message: `\`${fence.info}\` blocks are not supported yet`, span });
    } else if (mark === "run") {
      if (script !== undefined) complain({ code: "step/two-actions", message: "the step has two run blocks", span });
      script = fence;
    } else if (mark === "with") {
      withBlock = parseYaml(fence.body, { file: frame.file, line: fence.bodyLine, column: fence.bodyColumn });
      frame.diagnostics.push(...withBlock.diagnostics);
    }
  }
  return { script, with: withBlock };
}

function compileForEach(
  reader: Reader,
  site: ExpressionSite,
): { readonly plan: ForEach; readonly loop: NonNullable<ExpressionSite["loop"]> } {
  const as = reader.text("as");
  if (as !== undefined && (RESERVED_NAMES.has(as) || !/^[A-Za-z_]\w*$/.test(as))) {
    reader.complain("as", { code: "step/bad-value", message: `items cannot be called ${as}` });
  }
  const compiled = compileCel(reader, { key: "for-each", value: reader.raw("for-each") as JsonValue, site });
  if (compiled !== undefined && !compiled.type.startsWith("list") && compiled.type !== "dyn") {
    reader.complain("for-each", {
      code: "expression/type",
      message: `for-each needs a list; this is ${compiled.type}`,
    });
  }
  const plan: ForEach = {
    items: compiled?.cel ?? "[]",
    ...(as === undefined ? {} : { as }),
    maxParallel: reader.count("max-parallel") ?? MAX_PARALLEL,
    onItemError: reader.oneOf("on-item-error", ["finish", "continue", "stop"]) ?? "finish",
  };
  return { plan, loop: { as, item: compiled?.item } };
}

/** `if` and `for-each` may leave the braces out; a list or a truth value is taken as it is. */
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
  const braced = /^\s*\$\{\{([\s\S]*)\}\}\s*$/.exec(value)?.[1];
  const cel = (braced ?? value).trim();
  const offset = value.indexOf(cel);
  return checkCel(cel, site, (start, end) => within(reader.spanOf([key]), start + offset, end + offset));
}

/** A stretch of a one-line text; the whole text where it spans several lines. */
function within(span: Span, start: number, end: number): Span {
  if (span.line !== span.endLine) return span;
  const column = Math.min(span.column + start, span.endColumn - 1);
  return { ...span, column, endColumn: Math.max(column + 1, Math.min(span.column + end, span.endColumn)) };
}

function asMap(template: Template): { readonly [name: string]: Template } {
  return isJsonObject(template) ? (template as { readonly [name: string]: Template }) : {};
}

/** The declared shape of a step's output: fields, one field, or a `json schema` block. */
export function parseOutput(
  reader: Reader,
  context: {
    readonly fences: readonly Fence[];
    readonly file: string;
    readonly yaml: Pick<YamlResult, "spanOf">;
    readonly diagnostics: Diagnostic[];
  },
): OutputSpec | undefined {
  const { file, yaml, diagnostics } = context;
  const schema = context.fences.find(({ info }) => /^json\s+schema$/.test(info));
  if (schema !== undefined) {
    try {
      return { schema: JSON.parse(schema.body) as JsonObject };
    } catch (error) {
      const span: Span = { line: schema.bodyLine, column: 1, endLine: schema.bodyLine, endColumn: 2 };
      diagnostics.push(
        createDiagnostic({
          code: "step/bad-value",
          message: `the schema is not JSON: ${(error as Error).message}`,
          file,
          span,
        }),
      );
      return undefined;
    }
  }
  const value = reader.raw("output");
  if (value === undefined) return undefined;
  const options = { file, yaml, diagnostics, badValue: "field/bad", required: true, path: ["output"] };
  if (isJsonObject(value) && !isFieldMap(value)) return { fields: parseFields(value, options) };
  return { field: parseField("output", value, options) };
}

/** `{type: array, items: …}` is one field; `{type: string}` alone might be a field called `type`. */
function isFieldMap(value: JsonObject): boolean {
  return (
    typeof value["type"] === "string" &&
    ["array", "object", "string", "number", "integer", "boolean"].includes(value["type"]) &&
    ["items", "properties", "enum", "pattern", "min", "max", "description"].some((key) => key in value)
  );
}

/** An empty reader for a step without a block. */
export function emptyReader(file: string, diagnostics: Diagnostic[], span: Span): Reader {
  return createReader({}, { file, diagnostics, badValue: "step/bad-value", yaml: { spanOf: () => span } });
}
