import { createDiagnostic, type Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { Span } from "../../diagnostics/diagnostic.ts";
import { isJsonObject } from "../../plan/json.ts";
import type { Step } from "../../plan/step.ts";
import type { Template } from "../../plan/template.ts";
import { EFFECTS } from "../parse-tool-spec.ts";
import { checkKeys } from "../reader.ts";
import { LATER_STEP_KEYS, stepCompilers } from "../step-kinds/step-kinds.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";
import { compileTemplate, type ExpressionSite } from "./check-values.ts";
import { compileCel, compileForEach, within } from "./compile-cel.ts";
import { readFences } from "./read-fences.ts";
import type { StepHead } from "./read-steps.ts";
import { parseRetry } from "./parse-retry.ts";
import type { WorkflowFrame } from "./workflow-frame.ts";

const HEARTBEAT_MS = 10_000;
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
const KNOWN_KEYS = [
  ...new Set([
    ...COMMON_KEYS,
    ...stepCompilers.flatMap(({ key, keys }) => (key === undefined ? keys : [key, ...keys])),
  ]),
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
    known: KNOWN_KEYS,
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
    capabilities: frame.capabilities,
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

function asMap(template: Template): { readonly [name: string]: Template } {
  return isJsonObject(template) ? template : {};
}
