// The compiler: Markdown text in, a plan or diagnostics out. Imports plan, diagnostics and expressions; `node:crypto`
// for digests; reads no file itself. `parse/` finds headings and fences, `yaml/` reads YAML with places, `compile/`
// makes the plan, `step-kinds/` has one file a kind. Start here.
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../diagnostics/diagnostic.ts";
import { grantsOf, subAgentsOf } from "../plan/agent-loop.ts";
import { withCapabilities } from "../plan/capabilities.ts";
import { type Plan, PLAN_FORMAT, type ToolSpec } from "../plan/plan.ts";
import { MAX_STEPS } from "../plan/limits.ts";
import { listSteps } from "../plan/list-steps.ts";
import { agentsOfStep } from "../plan/route.ts";
import type { Step } from "../plan/step.ts";
import { withOtherAgents } from "./agents/other-agents.ts";
import { digestOf } from "./compile/digest.ts";
import { agentsToSwitchTo, costsOfPlan } from "./costs/costs-of-plan.ts";
import { warnOfPrices } from "./costs/warn-of-prices.ts";
import { warnOfEffects } from "./compile/warn-of-effects.ts";
import { compileStep } from "./compile/compile-step.ts";
import { createFileCollector } from "./compile/file-ref.ts";
import { compileFrontMatter } from "./compile/front-matter.ts";
import { readSteps, type StepHead } from "./compile/read-steps.ts";
import { readSource } from "./parse/read-source.ts";
import type { WorkflowFrame } from "./compile/workflow-frame.ts";
import { isMarked } from "./parse/marks.ts";
import { scanMarkdown, type Section } from "./parse/scan-markdown.ts";
import type { ProjectContext } from "./project-context.ts";

/** A plan where there is no error; every fault of the file at once. */
export interface CompileResult {
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
  /** Content of every file that the plan names, by SHA-256. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** A workflow file. */
export interface WorkflowSource {
  /** As it was named; diagnostics say so. */
  readonly file: string;
  /** Name of the folder it lies in, for a file that has no name of its own. @default "workflow" */
  readonly folder?: string;
  readonly bytes: Uint8Array | string;
}

/** Compiles a workflow file. Never throws for anything in the file; the same input gives the same plan. */
export function compileWorkflow(source: WorkflowSource, project: ProjectContext): CompileResult {
  const { file } = source;
  const diagnostics: Diagnostic[] = [];
  const collector = createFileCollector();
  const read = readSource(source.bytes);
  const stop = (): CompileResult => ({ diagnostics: sorted(diagnostics), files: collector.files });
  for (const complaint of read.complaints) diagnostics.push(createDiagnostic({ file, ...complaint }));
  if (diagnostics.length > 0) return stop();

  const scanned = scanMarkdown(read.bodyLines, read.bodyLine);
  for (const complaint of scanned.complaints) diagnostics.push(createDiagnostic({ file, ...complaint }));
  for (const fence of scanned.outside.filter(isMarked)) {
    diagnostics.push(
      createDiagnostic({
        code: "step/outside",
        message: `“${fence.info}” stands before the first \`##\` or after the second \`#\`, where no step is`,
        file,
        span: fence.span,
      }),
    );
  }
  const all = withChildren(scanned.sections);
  const beyond = all[MAX_STEPS];
  if (beyond !== undefined) {
    const message = `the workflow has ${all.length} steps; at most ${MAX_STEPS} are allowed`;
    const span: Span = { line: beyond.line, column: 1, endLine: beyond.line, endColumn: 3 };
    diagnostics.push(createDiagnostic({ code: "workflow/too-many-steps", message, file, span }));
    return stop();
  }
  const heads = readSteps(scanned.sections, file, diagnostics);
  const { frame, head } = compileFrontMatter(
    { file, folder: source.folder ?? "workflow", source: read, heads, collector, diagnostics },
    project,
  );
  checkFinally(heads, diagnostics, file);
  const compile = (some: readonly StepHead[]) =>
    some.map((step) => compileStep(step, frame)).filter((step): step is Step => step !== undefined);
  const steps = compile(heads.filter(({ isLast }) => !isLast));
  const [last] = compile(heads.filter(({ isLast }) => isLast));
  if (diagnostics.some(({ severity }) => severity === "error")) return stop();

  const body = { steps, ...(last === undefined ? {} : { finally: last }) };
  diagnostics.push(...warnOfEffects({ ...head, ...body }, file));
  const acting = listSteps(body).flatMap((step) => (step.undo === undefined ? [step] : [step, step.undo]));
  const costs = costsOfPlan(acting, project.costs, { name: head.name, tools: frame.tools });
  const cheaper = agentsToSwitchTo(acting, { ...head, ...costs });
  const whole = {
    steps: steps.map((step) => withOtherAgents(step, cheaper, frame)),
    ...(last === undefined ? {} : { finally: withOtherAgents(last, cheaper, frame) }),
  };
  const plan = { format: PLAN_FORMAT, ...head, file, ...usedParts(acting, frame, cheaper), ...costs, ...whole };
  diagnostics.push(...warnOfPrices(plan, file));
  return { plan: { ...plan, digest: digestOf(plan) }, diagnostics: sorted(diagnostics), files: collector.files };
}

/** Only the agents and tools that a step names: an edit of another one does not change this plan. */
function usedParts(
  acting: readonly Step[],
  frame: WorkflowFrame,
  cheaper: readonly string[],
): Pick<Plan, "agents" | "tools"> {
  const agents = new Set([...acting.flatMap(agentsOfStep), ...cheaper]);
  for (const name of acting.flatMap(subAgentsOf)) agents.add(name);
  const used = new Set(
    acting.flatMap((step) => (step.kind === "tool" ? [`${step.tool}.${step.operation}`] : grantsOf(step))),
  );
  const tools = pick(frame.tools, new Set([...used].map((name) => name.split(".", 1)[0] as string)));
  const told = Object.entries(pick(frame.agents, agents)).map(
    ([name, spec]) => [name, withCapabilities(name, spec, frame.capabilities)] as const,
  );
  return {
    agents: Object.fromEntries(told),
    tools: Object.fromEntries(
      Object.entries(tools).map(([name, spec]) => [name, withUsedOperations(name, spec, used)]),
    ),
  };
}

/** A document may have a thousand operations, and a plan goes along with every call of an agent. */
function withUsedOperations(name: string, spec: ToolSpec, used: ReadonlySet<string>): ToolSpec {
  if (spec.http === undefined || used.has(`${name}.*`)) return spec;
  const operations = new Set(Object.keys(spec.operations).filter((operation) => used.has(`${name}.${operation}`)));
  return { ...spec, operations: pick(spec.operations, operations) };
}

/** `## Finally` ends the file, once. */
function checkFinally(heads: readonly StepHead[], diagnostics: Diagnostic[], file: string): void {
  for (const [index, { isLast, span }] of heads.entries()) {
    if (!isLast || index === heads.length - 1) continue;
    diagnostics.push(
      createDiagnostic({ code: "step/wrong-order", message: "“Finally” is not the last step", file, span }),
    );
  }
}

function pick<T>(from: { readonly [name: string]: T }, names: ReadonlySet<string>): { readonly [name: string]: T } {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.has(name)));
}

/** In the order of the file; the same thing about the same place once, the same warning once. */
function sorted(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const ordered = [...diagnostics].sort(
    (a, b) => (a.span?.line ?? 0) - (b.span?.line ?? 0) || (a.span?.column ?? 0) - (b.span?.column ?? 0),
  );
  const told = new Set<string>();
  return ordered.filter(({ code, message, severity, span }) => {
    const what = JSON.stringify(severity === "warning" ? [code, message] : [code, message, span]);
    return !told.has(what) && told.add(what);
  });
}

function withChildren(sections: readonly Section[]): readonly Section[] {
  return sections.flatMap((section) => [section, ...withChildren(section.children)]);
}
