import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import { isJsonObject } from "../../plan/json.ts";
import type { Step } from "../../plan/step.ts";
import type { Template } from "../../plan/template.ts";
import type { Fence } from "../parse/scan-markdown.ts";
import type { Reader } from "../reader.ts";
import { refuseOwnVariable } from "../refuse-own-variable.ts";
import type { CompiledKind, StepCompiler, StepDraft } from "../step-kinds/step-compiler.ts";
import { compileTemplate, type ExpressionSite } from "./check-values.ts";
import { placeIn } from "./place-in.ts";
import type { StepHead } from "./read-steps.ts";
import type { WorkflowFrame } from "./workflow-frame.ts";

/** Where an action is written: in a step, or in its undo. */
export interface ActionSource {
  readonly head: StepHead;
  readonly reader: Reader;
  readonly prose: string;
  readonly script: Fence | undefined;
}

/** What surrounds it. */
export interface ActionContext {
  readonly frame: WorkflowFrame;
  readonly site: ExpressionSite;
  readonly complain: (complaint: Omit<Complaint, "file">) => void;
  readonly children: () => readonly Step[];
}

/** Compiles what a step does: the part that its kind knows. */
export function compileAction(
  compiler: StepCompiler,
  source: ActionSource,
  { frame, site, complain, children }: ActionContext,
): CompiledKind | undefined {
  const { head, reader } = source;
  const draft: StepDraft = {
    id: head.id,
    reader,
    prose: source.prose,
    script: source.script,
    agents: frame.agents,
    pool: frame.pool,
    capabilities: frame.capabilities,
    agentChoice: frame.agentChoice,
    tools: frame.tools,
    toolEntries: frame.toolEntries,
    files: frame.files,
    grants: frame.grants,
    output: reader === head.reader ? head.output : undefined,
    headingSpan: head.span,
    complain,
    children,
    childCount: head.children.length,
    loadChild: frame.loadChild,
    compile: (keys, value) => compileTemplate(value, site, placeIn(reader, ...keys)),
    compileProse: () =>
      reader === head.reader
        ? compileTemplate(source.prose.trim(), site, (_, start, end) => head.proseSpan(start, end))
        : compileTemplate(source.prose, site, placeIn(reader, "prompt")),
    compileWith: () => {
      const values = reader.map("with")?.object ?? {};
      return asMap(compileTemplate(values, { ...site, secretsAllowed: true }, placeIn(reader, "with")));
    },
  };
  return compiler.compile(draft);
}

/** The step's own environment over the front matter's. */
export function compileEnv(
  reader: Reader,
  frame: WorkflowFrame,
  site: ExpressionSite,
): { readonly [name: string]: Template } {
  refuseOwnVariable(reader, "env", "step/bad-value");
  const env = { ...frame.stepEnv, ...reader.map("env")?.object };
  return asMap(compileTemplate(env, { ...site, secretsAllowed: true }, placeIn(reader, "env")));
}

function asMap(template: Template): { readonly [name: string]: Template } {
  return isJsonObject(template) ? template : {};
}
